// @ts-check
/** What the officer's live page says: over the picture, about the pictures and instead of the lane. Only words. */

import { countedCauses, reasonText } from "./identity_words.js";
import { t } from "./words.js";

const MOST_CAUSES = 3;

/** @typedef {import("./seat.js").Identity} Identity */
/**
 * @typedef {object} Sight
 * @property {import("./seat.js").Link} link
 * @property {import("./seat.js").Standing | null} standing
 * @property {boolean} picture   the other side's picture is there
 * @property {boolean} sound     their sound has come, be it silence
 * @property {Identity | null} news what is known of a comparison
 * @property {boolean} late      it should have been there for a while
 * @property {boolean} failed    a fault of ours has cost the connections, and the subject's is not back yet
 */

/** What lies over the picture, and whether the subject may be let in; an empty title is nothing.
 * @param {Sight} sight @param {string} name @returns {[string, string, boolean]} */
export function overPicture({ link, standing, picture, sound, news, late, failed }, name) {
  if (!standing) return [t("正在连接……"), "", false];
  if (link === "away") return [t("我们这边断线了，正在接回来"), t("断线以前的录像都在，接上以后接着说。"), false];
  const { state, subject } = standing;
  if (state === "scheduled") return [t("{name} 还没到", { name }), t("到了会响一声。这一页开着就行。"), false];
  if (state === "waiting") {
    const instead = news ? insteadOfLane(news) : "";
    return [t("{name} 在等您", { name }), instead ? t("请进以后才开始录像。{instead}", { instead }) : t("请进以后才开始录像和比对。"), true];
  }
  if (failed) return [t("系统断了一下，正在自己接回来"), t("是我们系统的原因，不算对方的问题。断开以前的录像都在。"), false];
  if (link !== "connected") return [t("正在接通……"), "", false];
  if (subject === "lost" || subject === "absent")
    return [t("对方断线了，正在等着接回来"), t("网络原因，不算对方的问题。"), false];
  if (subject !== "connected") return [t("正在等对方的画面……"), "", false];
  if (standing.paused.includes("subject"))
    return [t("网络太慢，暂时只有声音"), t("是网络原因，不算对方的问题。网络好了，画面会自己回来。"), false];
  if (standing.hidden.includes("subject"))
    return [t("对方关了摄像头"), sound ? t("可以先说话，也可以请对方打开。") : "", false];
  if (standing.unshown.includes("subject"))
    return [t("对方设备的画面格式，这个浏览器放不了；声音照常"), t("录像里有画面。不算对方的问题，也可以换一个浏览器再进来。"), false];
  if (picture) return ["", "", false];
  if (!late) return [t("正在等对方的画面……"), sound ? t("没有画面也可以先说话。") : "", false];
  return sound
    ? [t("对方没有画面"), t("可以先说话，也可以请对方点一下手机上的“没有画面”，打开摄像头。"), false]
    : [t("对方没有画面，也没有声音"), t("对方听得到您。请打电话联系，请对方允许摄像头和麦克风。"), false];
}

/** What an officer goes by who has nothing to look at. @param {boolean} sound @param {boolean} paused by a slow network */
export function withoutPicture(sound, paused) {
  if (sound && paused) return t("网络太慢，现在没有画面可看。请您先凭声音和谈话确认，画面会自己回来。");
  return sound
    ? t("现在没有画面。请您凭声音和谈话确认，也可以请对方打开摄像头。")
    : t("现在没有画面，也没有声音，这样确认不了身份。请打电话联系对方。");
}

/** @param {"good" | "fair" | "weak"} signal */
export function signalText(signal) {
  return signal === "good" ? t("信号好") : signal === "fair" ? t("信号一般") : t("信号弱");
}

/** How good the other side's connection is, in short and with all figures. @param {import("./seat.js").TheirQuality} quality
 * @returns {[string, string]} */
export function theirSignal({ signal, loss, rtt_ms, kbit_s }) {
  const figures = { loss: (loss * 100).toFixed(1), rtt: rtt_ms === null ? "–" : rtt_ms, kbit: kbit_s };
  return [
    t("对方{words}", { words: signalText(signal) }),
    t("丢包 {loss}%，往返 {rtt} 毫秒，每秒 {kbit} 千比特", figures),
  ];
}

/** Whether the person chose another way than the face. @param {Identity} news */
function isOtherWay({ engine, verdict }) {
  return engine === "off" && verdict === null;
}

/** What stands in the lane's place when nothing will ever be on it; else nothing. @param {Identity} news */
export function insteadOfLane(news) {
  if (isOtherWay(news)) return t("本人选了“换一种方式”，不做系统比对。请您看着视频、凭通话和证件确认身份。");
  if (news.engine !== "off") return "";
  const reasons = news.reasons.map(reasonText).join(t("、"));
  return t("系统没法比对：{reasons}。请您看着视频确认身份。", { reasons });
}

/** Where identity stands, as a tag; without a picture the machine has nothing to look at, and does not pretend to.
 * @param {Identity} news @param {boolean} unseen @returns {import("./identity_words.js").Tag | null} null: as always */
export function unseenTag({ state, engine }, unseen) {
  return unseen && state === "open" && engine !== "off" ? { look: "tech", text: t("系统没有画面可看") } : null;
}

/** What is in the way of a comparison, the most frequent first.
 * @param {Identity} news @param {readonly import("./timeline.js").Still[]} stills @returns {string[]} */
export function causesOf({ engine, reasons }, stills) {
  if (engine === "off") return []; // it stands in the lane's place
  return stills.length ? countedCauses(stills).slice(0, MOST_CAUSES) : reasons.map(reasonText);
}

/** Why the server will not have this page again. @param {import("./seat.js").Why} why @returns {[string, string]} */
export function stopSentences(why) {
  switch (why) {
    case "elsewhere":
      return [t("您在另一个窗口打开了这次核查"), t("那边在继续，这一页可以关掉。")];
    case "no_session":
      return [t("登录已经过期"), t("请重新登录，再打开这次核查；录像没有中断。")];
    case "not_found":
      return [t("没有找到这次核查"), t("可能已经取消，也可能不在您的职责范围内。")];
    default:
      return [t("这一页出了点问题"), t("不是您的错。请刷新这一页再试；录像没有中断。")];
  }
}
