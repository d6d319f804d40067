// @ts-check
/** What the officer's live page shows of identity: the lane of what was judged, the tag, the causes; or why there is none. */

import { dial } from "./clock.js";
import { h, part, write } from "./dom.js";
import { saidOf, stateTag } from "./identity_words.js";
import { drawLane, laneSummary } from "./lanes.js";
import { causesOf, insteadOfLane, unseenTag } from "./live_words.js";
import { growingSpan, identityLane, losses } from "./timeline.js";
import { t } from "./words.js";

const STILL_WITHIN = 20; // s; some stills in a row that did not come: there is no picture to take them from

export class IdentityPanel {
  /** @param {ParentNode} root the page, with its parts */
  constructor(root) {
    this.root = root;
    /** @type {import("./seat.js").Identity | null} */
    this.news = null;
    /** @type {import("./timeline.js").Still[]} */
    this.stills = [];
    /** @type {import("./timeline.js").Gap[]} */
    this.gaps = [];
  }

  /** @param {import("./seat.js").Identity} news */
  hear(news) {
    const { verdict, at_s, reasons, stills } = news;
    if (verdict !== null && at_s !== null) this.stills.push({ n: stills, at_s, verdict, reasons });
    this.news = news;
  }

  /** What it would know had it been there all the time. @param {import("./seat.js").SoFar} soFar */
  hearSoFar({ stills, drops, pauses }) {
    this.stills = stills.map((still, i) => ({ ...still, n: i + 1 }));
    this.gaps = losses(
      [],
      drops.map(({ from_s, to_s, cause }) => ({ from_s, to_s: to_s === null ? Infinity : to_s, cause })),
      pauses.map(({ from_s, to_s }) => ({ from_s, to_s: to_s === null ? Infinity : to_s })),
    );
  }

  /** Keeps the open gap in step with why nothing can be seen now; "" when something can.
   * @param {"connection" | "server" | "sound_only" | "muted_video" | ""} cause @param {number} now_s */
  follow(cause, now_s) {
    const last = this.gaps[this.gaps.length - 1];
    const open = last !== undefined && last.to_s === Infinity;
    if (open && last.cause === cause) return;
    if (open) last.to_s = now_s;
    if (cause) this.gaps.push({ from_s: now_s, to_s: Infinity, cause });
  }

  /** Whether there used to be stills and there are none any more. @param {number} now_s */
  isOverdue(now_s) {
    const last = this.stills[this.stills.length - 1];
    return last !== undefined && now_s - last.at_s > STILL_WITHIN;
  }

  /** The words. @param {string} withoutPicture what to go by instead where there is nothing to look at; else nothing */
  say(withoutPicture) {
    const unseen = withoutPicture !== "";
    write(part(this.root, "unseen"), withoutPicture);
    part(this.root, "unseen").hidden = !unseen;
    if (!this.news) return;
    const { state, usable, stills, engine } = this.news;
    const { look, text } = unseenTag(this.news, unseen) || stateTag(state, engine);
    const tag = part(this.root, "verdict");
    tag.className = `tag ${look}`;
    write(tag, stills > 0 ? t("{text} · {stills} 张", { text, stills }) : text);
    part(this.root, "counts").hidden = stills === 0;
    write(part(this.root, "counts"), t("{stills} 张截图里 {usable} 张可用", { stills, usable }));
    const causes = causesOf(this.news, this.stills).map((cause) => h("li", {}, cause));
    part(this.root, "causes").replaceChildren(...causes);
    const instead = insteadOfLane(this.news);
    write(part(this.root, "no-lane"), instead);
    part(this.root, "no-lane").hidden = instead === "";
    part(this.root, "lane").hidden = instead !== "";
  }

  /** The lane. @param {number} now_s */
  draw(now_s) {
    const lane = identityLane(this.stills, this.gaps, now_s);
    const span_s = growingSpan(now_s);
    drawLane(part(this.root, "track"), lane, span_s);
    part(this.root, "track").setAttribute("aria-label", laneSummary(lane));
    write(part(this.root, "span"), `${dial(0)} – ${dial(span_s)}`);
    const last = this.stills[this.stills.length - 1];
    write(part(this.root, "latest"), last ? `${dial(last.at_s)} ${saidOf(last.verdict, last.reasons)}` : "");
  }
}
