// @ts-check
/** Draws lanes on one clock: segments with shape, colour and words, from the arithmetic of timeline.js. */

import { dial } from "./clock.js";
import { h } from "./dom.js";
import { saidOf } from "./identity_words.js";
import { notable, placeOf } from "./timeline.js";
import { t } from "./words.js";

/** @typedef {import("./timeline.js").Segment} Segment */

/** What a segment says, in words: for its title and for whoever cannot see it. @param {Segment} segment */
export function segmentText(segment) {
  return `${dial(segment.from_s)}–${dial(segment.to_s)} ${saidBy(segment)}`;
}

/** @param {Segment} segment */
function saidBy({ kind, verdict, reasons, cause, weak }) {
  if (kind === "gap") return gapText(cause);
  if (kind === "flow") return t("画面正常");
  return weak ? weakText(weak) : saidOf(verdict, reasons);
}

/** @param {import("./timeline.js").Weak} weak */
function weakText({ loss, rtt_ms, kbit_s }) {
  const figures = { loss: (loss * 100).toFixed(0), kbit: kbit_s };
  return rtt_ms === null
    ? t("网络较弱（丢包 {loss}%，每秒 {kbit} 千比特）", figures)
    : t("网络较弱（丢包 {loss}%，往返 {rtt} 毫秒，每秒 {kbit} 千比特）", { ...figures, rtt: rtt_ms });
}

/** @param {string} cause */
export function gapText(cause) {
  switch (cause) {
    case "connection":
      return t("断线（网络原因）");
    case "server":
      return t("断线（系统原因）");
    case "left":
      return t("离开了这一页");
    case "sound_only":
      return t("网络太慢，只有声音");
    case "muted":
      return t("自己关了摄像头和麦克风");
    case "muted_audio":
      return t("自己关了麦克风");
    case "muted_video":
      return t("自己关了摄像头");
    case "not_opened":
      return t("没有收到画面和声音（摄像头和麦克风可能没有打开）");
    case "no_video":
      return t("没有画面");
    case "no_audio":
      return t("没有声音");
    case "not_yet":
      return t("还没有画面");
    case "over":
      return t("录像到此为止");
    default:
      return t("断线");
  }
}

/** Puts `segments` on a track that shows `span_s`. @param {HTMLElement} track @param {readonly Segment[]} segments
 * @param {number} span_s */
export function drawLane(track, segments, span_s) {
  const drawn = segments.map((segment) => {
    const look = segment.cause.startsWith("muted") ? "muted" : segment.kind === "flow" ? "info" : segment.kind;
    const part = h("span", { class: `seg ${look}`, title: segmentText(segment) });
    place(part, segment.from_s, segment.to_s, span_s);
    return part;
  });
  for (const former of track.querySelectorAll(".seg")) former.remove();
  track.prepend(...drawn);
}

/** @param {HTMLElement} element @param {number} from_s @param {number} to_s @param {number} span_s */
export function place(element, from_s, to_s, span_s) {
  const left = placeOf(from_s, span_s);
  element.style.left = `${(left * 100).toFixed(3)}%`;
  element.style.width = `${((placeOf(to_s, span_s) - left) * 100).toFixed(3)}%`;
}

/** A lane's words, for whoever hears it: what deserves a look, or that nothing does. @param {readonly Segment[]} segments */
export function laneSummary(segments) {
  if (!segments.length) return t("还没有内容");
  return notable(segments).map(segmentText).join("；") || t("没有需要特别看的地方");
}
