// @ts-check
/** The parts of the review player, as elements; review.js fills and moves them. */

import { dial } from "./clock.js";
import { h, icon } from "./dom.js";
import { RATES } from "./playhead.js";
import { t } from "./words.js";

/** @typedef {{ from_s: number, width: number, height: number }} Size */

const SIZES_NAMED = 5;

/** @param {string} seat */
export function seatName(seat) {
  return seat === "subject" ? t("本人") : t("矫正官");
}

/** @param {string} name @param {string} label */
function lane(name, label) {
  return h(
    "div",
    { class: "lane" },
    h("span", {}, label),
    h("div", { class: "track", "data-part": `lane-${name}`, role: "img" }),
    h("small", { class: "lane-words", "data-part": `words-${name}`, hidden: true, "aria-hidden": "true" }),
  );
}

/** How a picture changed its size, which is nobody's doing. @param {{ seat: string, sizes: Size[] }} recording */
function sizesText({ seat, sizes }) {
  const later = sizes.slice(1);
  const named = later.slice(0, SIZES_NAMED).map(({ from_s, width, height }) => `${dial(from_s)} ${width}×${height}`);
  const changes = t("{who}的画面大小变了 {n} 次，浏览器会随网络自己调整：{list}", {
    who: seatName(seat),
    n: later.length,
    list: named.join(t("、")),
  });
  return h("p", { class: "soft" }, h("small", {}, changes + (later.length > named.length ? "…" : "")));
}

/** @param {import("./review.js").Footage} footage @param {boolean} plays whether the browser plays what is sealed */
export function reviewParts({ recordings, mutes, notes, duration_s }, plays) {
  const videos = recordings.map(({ seat, url }) =>
    h(
      "figure",
      { class: "video" },
      h("video", {
        "data-part": `video-${seat}`,
        src: plays && url,
        preload: "auto",
        playsinline: true,
        "aria-label": t("{who}的录像", { who: seatName(seat) }),
      }),
      h("figcaption", { class: "name" }, seatName(seat)),
      h("p", { class: "missing", "data-part": `missing-${seat}`, hidden: true }),
      h("p", { class: "missing", "data-part": `copy-${seat}`, role: "status", hidden: plays }),
    ),
  );
  return [
    h(
      "div",
      { class: `pictures of-${videos.length}` },
      ...(videos.length ? videos : [h("p", { class: "card nothing" }, t("这次没有录像。"))]),
    ),
    h(
      "div",
      { class: "controls" },
      h(
        "button",
        { class: "btn main", "data-part": "toggle", type: "button" },
        icon("play"),
        icon("pause"),
        h("span", {}, t("播放")),
      ),
      h("button", { class: "btn", "data-part": "back", type: "button" }, icon("rotate-ccw"), t("−10 秒")),
      h("button", { class: "btn", "data-part": "next", type: "button" }, t("下一处要看的")),
      h(
        "label",
        { class: "rate" },
        h("span", { class: "sr" }, t("速度")),
        h(
          "select",
          { "data-part": "rate" },
          ...RATES.map((rate) => h("option", { value: rate, selected: rate === 1 }, `${rate}×`)),
        ),
      ),
      h("span", { class: "stretch" }),
      h("b", { class: "num", "data-part": "time" }, `${dial(0)} / ${dial(duration_s)}`),
    ),
    h(
      "div",
      { class: "card timeline" },
      lane("identity", t("身份")),
      lane("stills", t("截图")),
      ...recordings.map(({ seat }) => lane(`network-${seat}`, t("网络 · {who}", { who: seatName(seat) }))),
      lane("notes", t("批注")),
      h("div", { class: "lane axis", "aria-hidden": "true" }, h("span", {}), h("div", { "data-part": "ticks" })),
      h(
        "div",
        {
          class: "scrub",
          "data-part": "scrub",
          role: "slider",
          tabindex: 0,
          "aria-label": t("播放位置"),
          "aria-valuemin": 0,
          "aria-valuemax": Math.round(duration_s),
          "aria-valuenow": 0,
        },
        h("span", { class: "playhead", "data-part": "playhead" }),
        h(
          "div",
          { class: "card still", "data-part": "still", hidden: true },
          h("img", { "data-part": "still-picture", alt: "" }),
          h("p", { "data-part": "still-text" }),
        ),
      ),
    ),
    h(
      "p",
      { class: "legend soft", "data-part": "legend" },
      ...[
        ["ok", t("比对一致")],
        ["doubt", t("要看一眼")],
        ["weak", t("网络较弱")],
        ["gap", t("缺口")],
        ...(mutes.length ? [["muted", t("自己关了麦克风或摄像头")]] : []),
        ["info", t("画面正常")],
      ].map(([look, text]) => h("small", {}, h("span", { class: "track" }, h("span", { class: `seg ${look}` })), text)),
    ),
    plays ? "" : h("p", { class: "soft" }, t("您的浏览器放不了原始录像，这里放的是转换出的观看副本。封存的原件才是证据。")),
    ...recordings.filter(({ sizes }) => sizes.length > 1).map(sizesText),
    mutes.length
      ? h("p", { class: "soft" }, t("“自己关了”是按了页面上的按钮，以浏览器所说为准；录像里那一段是静音或黑屏。"))
      : "",
    h("p", { class: "keys soft" }, h("small", {}, t("空格或 K 播放，J / L 前后 10 秒，← → 前后 5 秒，[ ] 调速度"))),
    notes.length
      ? h(
          "section",
          { class: "card item note-list" },
          h("h2", {}, t("批注")),
          h(
            "ol",
            {},
            ...notes.map(({ at_s, text }) =>
              h(
                "li",
                {},
                h("button", { class: "btn quiet num", type: "button", "data-at-s": at_s }, dial(at_s)),
                h("span", {}, text),
              ),
            ),
          ),
        )
      : "",
  ];
}
