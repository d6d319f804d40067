// @ts-check
/** What the machine said about a face, in an officer's words: a clue each time, never a finding. */

import { t } from "./words.js";

/** @typedef {{ look: "ok" | "doubt" | "info" | "tech", text: string }} Tag */

/** Where identity stands while the call goes on. @param {string} state @param {string} engine @returns {Tag} */
export function stateTag(state, engine) {
  if (engine === "off") return { look: "info", text: t("不做人脸比对，由您当场确认") };
  switch (state) {
    case "matched":
      return { look: "ok", text: t("系统比对一致") };
    case "contested":
      return { look: "doubt", text: t("系统前后不一致，请当场看") };
    case "not_matched":
      return { look: "doubt", text: t("系统觉得不像，请当场看") };
    case "inconclusive":
      return { look: "doubt", text: t("系统拿不准，请当场看") };
    default:
      return { look: "info", text: t("系统还在看") };
  }
}

/** @param {string} verdict */
export function verdictText(verdict) {
  switch (verdict) {
    case "match":
      return t("比对一致");
    case "no_match":
      return t("比对不一致");
    case "no_face":
      return t("没有看到脸");
    case "several_faces":
      return t("画面里不止一个人");
    default:
      return t("没法判断");
  }
}

/** @param {string} reason */
export function reasonText(reason) {
  switch (reason) {
    case "too_dark":
      return t("光线太暗");
    case "too_bright":
      return t("光线太亮");
    case "too_small":
      return t("离镜头太远，脸太小");
    case "turned_away":
      return t("脸没有正对镜头");
    case "blurred":
      return t("画面模糊");
    case "flat":
      return t("光线太平，看不清五官");
    case "low_confidence":
      return t("看不太清是不是人脸");
    case "between":
      return t("像，但不够确定");
    case "not_enrolled":
      return t("还没有登记照");
    case "other_engine":
      return t("登记照是用另一种引擎做的，需要重新登记");
    case "busy":
      return t("比对程序忙不过来（技术原因）");
    default:
      return t("比对程序出了问题（技术原因）");
  }
}

/** A verdict with its reasons, as one sentence. @param {string} verdict @param {readonly string[]} reasons */
export function saidOf(verdict, reasons) {
  return reasons.length
    ? t("{verdict}：{reasons}", { verdict: verdictText(verdict), reasons: reasons.map(reasonText).join(t("、")) })
    : verdictText(verdict);
}

/** What was in the way, counted, most frequent first. @param {readonly import("./timeline.js").Still[]} stills */
export function countedCauses(stills) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { verdict, reasons } of stills) {
    if (verdict === "match") continue;
    for (const cause of reasons.length ? reasons.map(reasonText) : [verdictText(verdict)])
      counts.set(cause, (counts.get(cause) || 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]).map(([cause, n]) => t("{cause} {n} 张", { cause, n }));
}
