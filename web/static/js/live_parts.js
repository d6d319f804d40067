// @ts-check
/** The parts of the officer's live page, as elements; live.js fills and moves them. */

import { h, icon } from "./dom.js";
import { whoCard } from "./who_card.js";
import { t } from "./words.js";

/** @param {{ name: string, after: string, back: string, who: import("./who_card.js").Who }} page `name`: whom the officer
 * sees, as it may stand on a screen that others see; where to go when it is over; who it should be */
export function liveParts({ name, after, back, who }) {
  const pressed = { "aria-pressed": "false", type: "button" };
  return [
    h(
      "section",
      { class: "call", "aria-label": t("通话") },
      h(
        "div",
        { class: "video scene" },
        h("video", { "data-part": "other", playsinline: true, autoplay: true, "aria-label": t("对方的画面") }),
        h(
          "div",
          { class: "on-video" },
          h("span", { class: "tag danger rec", "data-part": "recording", hidden: true }),
          h("span", { class: "tag tech", "data-part": "quality", hidden: true }),
        ),
        h(
          "span",
          { class: "name" },
          name,
          " ",
          h("span", { class: "tag tech bars", "data-part": "their-quality", hidden: true }),
          " ",
          h("span", { class: "tag tech", "data-part": "their-mute", role: "status", hidden: true }, t("对方关了麦克风")),
        ),
        h(
          "div",
          { class: "video me" },
          h("video", {
            class: "mirrored",
            "data-part": "own",
            playsinline: true,
            autoplay: true,
            muted: true,
            "aria-label": t("您自己的画面"),
          }),
        ),
        h(
          "div",
          { class: "card over", "data-part": "over" },
          h("p", { class: "headline", "data-part": "title", role: "status" }),
          h("p", { class: "soft", "data-part": "text" }),
          h(
            "button",
            { class: "btn main big", "data-part": "admit", type: "button", hidden: true },
            icon("video"),
            t("请进"),
          ),
          h("a", { class: "btn main big", "data-part": "go-review", href: after, hidden: true }, t("去复核，作出结论")),
          h("a", { class: "btn big", "data-part": "go-back", href: back, hidden: true }, t("返回")),
        ),
        h(
          "button",
          { class: "btn main aloud", "data-part": "aloud", type: "button", hidden: true },
          icon("volume-2"),
          t("点一下，听到声音"),
        ),
      ),
      h(
        "div",
        { class: "card lane-card" },
        h(
          "div",
          { "data-part": "lane" },
          h(
            "div",
            { class: "lane" },
            h("span", {}, t("系统比对")),
            h("div", { class: "track", "data-part": "track", role: "img" }),
          ),
          h(
            "div",
            { class: "under-lane" },
            h("small", { "data-part": "latest" }),
            h("small", { class: "num", "data-part": "span" }),
          ),
        ),
        h("p", { class: "no-lane", "data-part": "no-lane", hidden: true }),
      ),
      h(
        "div",
        { class: "strip" },
        h(
          "button",
          { class: "btn", "data-part": "mute", ...pressed },
          icon("mic"),
          icon("mic-off"),
          h("span", {}, t("静音")),
        ),
        h(
          "button",
          { class: "btn", "data-part": "hide", ...pressed },
          icon("video"),
          icon("video-off"),
          h("span", {}, t("关画面")),
        ),
        h(
          "details",
          { class: "devices", "data-part": "devices" },
          h("summary", { class: "btn" }, icon("switch-camera"), h("span", {}, t("设备"))),
          h(
            "div",
            { class: "card" },
            h("label", { for: "fw-camera" }, t("摄像头")),
            h("select", { id: "fw-camera", "data-part": "camera" }),
            h("label", { for: "fw-microphone" }, t("麦克风")),
            h("select", { id: "fw-microphone", "data-part": "microphone" }),
          ),
        ),
        h("span", { class: "stretch" }),
        h(
          "button",
          { class: "btn danger", "data-part": "end", type: "button", disabled: true },
          icon("phone-off"),
          h("span", {}, t("结束核查")),
        ),
      ),
    ),
    h(
      "aside",
      { class: "card", "aria-label": t("身份和记录") },
      h(
        "div",
        { class: "item", "data-part": "trouble", hidden: true },
        h(
          "div",
          { class: "notice tech" },
          icon("video-off"),
          h(
            "div",
            {},
            h("b", { "data-part": "trouble-title" }),
            h("p", { class: "soft", "data-part": "trouble-text" }),
          ),
        ),
      ),
      h(
        "section",
        { class: "item" },
        h("h2", {}, t("身份")),
        whoCard(who),
        h("p", { role: "status" }, h("span", { class: "tag tech", "data-part": "verdict" }, t("接通后开始"))),
        h("p", { class: "soft", "data-part": "counts", hidden: true }),
        h("ul", { class: "causes soft", "data-part": "causes" }),
        h("p", { "data-part": "unseen", hidden: true }),
        h("p", { class: "soft" }, t("结论由您在通话结束后，在复核页作出。")),
      ),
      h(
        "section",
        { class: "item notes" },
        h("h2", {}, t("记一笔"), " ", h("small", { "data-part": "note-key" }, t("（按 N 键）"))),
        h(
          "form",
          { "data-part": "note-form" },
          h("textarea", { "data-part": "note", maxlength: 500, "aria-label": t("记一笔"), disabled: true }),
          h("button", { class: "btn", "data-part": "note-send", disabled: true }, t("记下")),
          h("p", { class: "wrong", "data-part": "note-wrong", role: "alert", hidden: true }),
          h("p", { class: "soft", "data-part": "notes-over", hidden: true }),
        ),
        h("ol", { "data-part": "notes" }),
      ),
    ),
    h(
      "dialog",
      { class: "card question", "data-part": "end-question", "aria-labelledby": "fw-end-question" },
      h(
        "form",
        { method: "dialog" },
        h("h2", { id: "fw-end-question" }, t("结束这次核查？")),
        h("p", { class: "soft" }, t("双方都会断开，录像随即封存，不能再接着录。结论在复核页作出。")),
        h(
          "div",
          { class: "row" },
          h("button", { class: "btn main", value: "no" }, t("继续通话")),
          h("button", { class: "btn danger", value: "yes" }, t("结束核查")),
        ),
      ),
    ),
    h(
      "dialog",
      { class: "card question", "data-part": "leave-question", "aria-labelledby": "fw-leave-question" },
      h(
        "form",
        { method: "dialog" },
        h("h2", { id: "fw-leave-question" }, t("通话还在进行")),
        h("p", { class: "soft" }, t("离开这一页，对方就看不到、也听不到您了。")),
        h(
          "div",
          { class: "row" },
          h("button", { class: "btn main", value: "no" }, t("留在通话")),
          h("button", { class: "btn", value: "yes" }, t("在新标签页打开")),
        ),
      ),
    ),
  ];
}
