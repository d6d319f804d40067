// @ts-check
/** <fw-review>: recordings and what is known about them on one clock, to be played, searched and judged by a person. */

import { dial } from "./clock.js";
import { belongsElsewhere, h, part, write } from "./dom.js";
import { FootagePlayer } from "./footage_player.js";
import { saidOf } from "./identity_words.js";
import { drawLane, gapText, laneSummary, place, segmentText } from "./lanes.js";
import { KEYS, rateBeside } from "./playhead.js";
import { reviewParts } from "./review_parts.js";
import { identityLane, losses, networkLane, nextLook, notable, placeOf, secondAt, silences, stillAt, ticks } from "./timeline.js";
import { askFor, copyOf, playsSealed, prepared } from "./viewing_copy.js";
import { loadWords, t } from "./words.js";

/**
 * @typedef {object} Footage seconds since admission, as filed
 * @property {{ seat: string, url: string, seconds: number, starts_at_s: number, sizes: import("./review_parts.js").Size[] }[]} recordings
 * @property {import("./timeline.js").Still[]} stills
 * @property {{ seat: string, kind: string, from_s: number, to_s: number, cause: string }[]} gaps
 * @property {{ seat: string, from_s: number, to_s: number, cause: string }[]} drops
 * @property {{ seat: string, from_s: number, to_s: number }[]} pauses
 * @property {{ seat: string, kind: string, from_s: number, to_s: number }[]} mutes
 * @property {({ seat: string } & import("./timeline.js").Weak)[]} weak
 * @property {{ at_s: number, text: string }[]} notes
 * @property {number} duration_s
 */

const MOST_WORDS = 3; // segments under a lane; hovering, the slider and the button lead to the rest
const NO_MORE_FOR = 4000; // ms
const AT_THE_END = 0.97; // of the axis: words that are centred there would stick out
const LATE_S = 5; // after admission; a connection takes one second

class Review extends HTMLElement {
  constructor() {
    super();
    /** @type {FootagePlayer | null} */
    this.player = null;
    /** @type {import("./timeline.js").Segment[]} */
    this.worthALook = [];
    this.looked = false;
    this.pressed = (/** @type {KeyboardEvent} */ event) => this.press(event);
    this.jumped = (/** @type {MouseEvent} */ event) => this.jump(event);
  }

  async connectedCallback() {
    await loadWords();
    const block = this.querySelector('script[type="application/json"]');
    /** @type {Footage} */
    const footage = JSON.parse((block && block.textContent) || "null");
    this.footage = footage;
    const video = document.createElement("video");
    const plays = footage.recordings.every(({ url }) => playsSealed(video, url));
    this.replaceChildren(...reviewParts(footage, plays));
    const player = new FootagePlayer(
      footage.recordings.map((recording) => ({
        // When only the camera was off the sound goes on, and the other way round.
        footage: { ...recording, gaps: silences(footage.gaps.filter(({ seat }) => seat === recording.seat)) },
        video: part(this, `video-${recording.seat}`),
        missing: (cause) => this.showMissing(recording, cause),
      })),
      footage.duration_s,
      (position_s, playing) => this.move(footage, position_s, playing),
    );
    this.player = player;
    this.draw(footage);
    this.bind(player, footage);
    if (!plays) for (const recording of footage.recordings) this.bringCopy(recording);
    const asked_s = Number(new URLSearchParams(location.search).get("t"));
    if (asked_s > 0) player.seek(asked_s);
  }

  disconnectedCallback() {
    if (this.player) this.player.stop();
    document.removeEventListener("keydown", this.pressed);
    document.removeEventListener("click", this.jumped);
  }

  /** Plays the copy of a recording as soon as it is made. @param {{ seat: string, url: string }} recording */
  async bringCopy({ seat, url }) {
    const copy = copyOf(url);
    const status = part(this, `copy-${seat}`);
    write(status, t("正在准备…"));
    const ready = await prepared(
      () => askFor(copy.wanted),
      (state, percent) => write(status, state === "making" ? t("正在准备… {percent}%", { percent }) : t("正在排队准备…")),
      (ms) => new Promise((done) => setTimeout(done, ms)),
      () => this.isConnected,
    );
    status.hidden = ready;
    if (ready) part(this, `video-${seat}`).src = copy.url;
    else write(status, t("准备不了能在这里播放的副本。请换一台电脑，或稍后重新打开。"));
  }

  /** @param {FootagePlayer} player @param {Footage} footage */
  bind(player, footage) {
    part(this, "toggle").addEventListener("click", () => player.toggle());
    part(this, "back").addEventListener("click", () => player.skip(-10));
    part(this, "next").addEventListener("click", () => this.next(player));
    part(this, "next").disabled = this.worthALook.length === 0;
    part(this, "rate").addEventListener("change", (/** @type {any} */ { target }) =>
      player.setRate(Number(target.value)),
    );
    document.addEventListener("keydown", this.pressed);
    document.addEventListener("click", this.jumped);
    this.bindScrub(player, footage);
  }

  /** @param {FootagePlayer} player @param {Footage} footage */
  bindScrub(player, footage) {
    const scrub = part(this, "scrub");
    const second = (/** @type {PointerEvent} */ event) => {
      const { left, width } = scrub.getBoundingClientRect();
      return secondAt(event.clientX - left, width, footage.duration_s);
    };
    scrub.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
      if (event.button !== 0) return;
      scrub.setPointerCapture(event.pointerId);
      player.seek(second(event));
    });
    scrub.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
      if (scrub.hasPointerCapture(event.pointerId)) player.seek(second(event));
      this.showStill(footage, second(event));
    });
    scrub.addEventListener("pointerleave", () => (part(this, "still").hidden = true));
    scrub.addEventListener("focus", () => this.showStill(footage, player.position()));
    scrub.addEventListener("blur", () => (part(this, "still").hidden = true));
  }

  /** The lanes do not change any more. @param {Footage} footage */
  draw(footage) {
    const { recordings, stills, gaps, drops, pauses, mutes, weak, notes, duration_s } = footage;
    const of = (/** @type {string} */ seat) =>
      losses(
        gaps.filter((gap) => gap.seat === seat),
        drops.filter((drop) => drop.seat === seat),
        pauses.filter((pause) => pause.seat === seat),
        mutes.filter((mute) => mute.seat === seat),
      );
    const unheard = (/** @type {import("./timeline.js").Gap} */ { cause }) => cause === "muted_audio";
    const identity = identityLane(stills, of("subject").filter((gap) => !unheard(gap)), duration_s);
    this.fill("identity", identity, duration_s);
    this.worthALook = notable(identity);
    for (const { seat, starts_at_s } of recordings) {
      const weakness = weak.filter((each) => each.seat === seat);
      const network = networkLane(starts_at_s, of(seat), duration_s, weakness);
      this.fill(`network-${seat}`, network, duration_s);
      this.worthALook.push(...notable(network));
    }
    this.marks(
      "stills",
      stills,
      duration_s,
      (still) => (still.verdict === "match" ? "tick" : "tick doubt"),
      t("{n} 张", { n: stills.length }),
    );
    this.marks(
      "notes",
      notes,
      duration_s,
      () => "mark",
      notes.map(({ at_s, text }) => `${dial(at_s)} ${text}`).join("；") || t("没有批注"),
    );
    if (!stills.length) {
      this.say("identity", t("这次没有系统比对的截图，原因写在这一页的文字里。"));
      this.say("stills", t("没有截图"));
    }
    const labels = ticks(duration_s).map((at_s) => {
      const at = placeOf(at_s, duration_s);
      const label = h("small", { class: at > AT_THE_END ? "num last" : "num" }, dial(at_s));
      label.style.left = `${at * 100}%`;
      return label;
    });
    part(this, "ticks").replaceChildren(...labels);
  }

  /** @param {string} name @param {import("./timeline.js").Segment[]} lane @param {number} duration_s */
  fill(name, lane, duration_s) {
    const track = part(this, `lane-${name}`);
    drawLane(track, lane, duration_s);
    track.setAttribute("aria-label", laneSummary(lane));
    // What was lost is said once, where the network is.
    const worth = notable(lane).filter(({ kind }) => name !== "identity" || kind !== "gap");
    const more = worth.length > MOST_WORDS ? "……" : "";
    if (worth.length) this.say(name, worth.slice(0, MOST_WORDS).map(segmentText).join("；") + more);
  }

  /** Words under a lane, for whoever cannot hover over it. @param {string} name @param {string} text */
  say(name, text) {
    write(part(this, `words-${name}`), text);
    part(this, `words-${name}`).hidden = false;
  }

  /**
   * @template {{ at_s: number }} M
   * @param {string} name @param {readonly M[]} marked @param {number} duration_s @param {(each: M) => string} look
   * @param {string} summary
   */
  marks(name, marked, duration_s, look, summary) {
    const drawn = marked.map((each) => {
      const mark = h("span", { class: look(each) });
      mark.style.left = `${placeOf(each.at_s, duration_s) * 100}%`;
      return mark;
    });
    part(this, `lane-${name}`).replaceChildren(...drawn);
    part(this, `lane-${name}`).setAttribute("aria-label", summary);
  }

  // playing

  /** @param {Footage} footage @param {number} position_s @param {boolean} playing */
  move({ duration_s, stills }, position_s, playing) {
    const time = `${dial(position_s)} / ${dial(duration_s)}`;
    const scrub = part(this, "scrub");
    part(this, "playhead").style.left = `${placeOf(position_s, duration_s) * 100}%`;
    write(part(this, "time"), time);
    if (scrub.getAttribute("aria-valuenow") !== String(Math.round(position_s))) {
      const still = stillAt(stills, position_s);
      scrub.setAttribute("aria-valuenow", String(Math.round(position_s)));
      scrub.setAttribute("aria-valuetext", still ? `${time}，${saidOf(still.verdict, still.reasons)}` : time);
    }
    const toggle = part(this, "toggle");
    toggle.classList.toggle("playing", playing);
    write(toggle.querySelector("span"), playing ? t("暂停") : t("播放"));
  }

  /** @param {{ seat: string, starts_at_s: number }} recording @param {string | null} cause */
  showMissing({ seat, starts_at_s }, cause) {
    const missing = part(this, `missing-${seat}`);
    const connecting = cause === "not_yet" && starts_at_s < LATE_S; // a first picture says more than a curtain
    missing.hidden = cause === null || connecting;
    if (cause !== null) write(missing, gapText(cause));
  }

  /** @param {Footage} footage @param {number} at_s */
  showStill({ stills, duration_s }, at_s) {
    const still = stillAt(stills, at_s);
    const card = part(this, "still");
    card.hidden = !still;
    if (!still) return;
    place(card, still.at_s, still.at_s, duration_s);
    card.style.width = "";
    card.dataset.side = placeOf(still.at_s, duration_s) > 0.5 ? "left" : "right";
    const picture = part(this, "still-picture");
    picture.hidden = !still.url;
    if (still.url && picture.getAttribute("src") !== still.url) picture.src = still.url;
    const score = typeof still.score === "number" ? t("分数 {score}", { score: still.score.toFixed(2) }) : "";
    write(
      part(this, "still-text"),
      [dial(still.at_s), saidOf(still.verdict, still.reasons), score].filter(Boolean).join(" · "),
    );
  }

  /** @param {FootagePlayer} player */
  next(player) {
    const here = player.position();
    const at_s = nextLook(this.worthALook, this.looked ? here : here || -1);
    const label = part(this, "next");
    this.looked = true;
    write(label, at_s === null ? t("没有了") : t("下一处要看的"));
    if (at_s !== null) player.seek(at_s);
    else setTimeout(() => write(label, t("下一处要看的")), NO_MORE_FOR);
  }

  /** Any part of the page that names a second leads there. @param {MouseEvent} event */
  jump(event) {
    const named =
      event.target instanceof Element ? /** @type {HTMLElement | null} */ (event.target.closest("[data-at-s]")) : null;
    if (named && this.player) this.player.seek(Number(named.dataset.atS));
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const scrubbing = document.activeElement === part(this, "scrub");
    const deed = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    const pagesOwn = (event.key === "Home" || event.key === "End") && !scrubbing;
    if (event.key === "Escape") part(this, "still").hidden = true;
    if (!deed || !this.player || pagesOwn || belongsElsewhere(event)) return;
    event.preventDefault();
    this.act(deed, this.player);
    if (this.footage && scrubbing) this.showStill(this.footage, this.player.position());
  }

  /** @param {string} deed @param {FootagePlayer} player */
  act(deed, player) {
    const [what, by] = deed.split("_");
    if (deed === "toggle") player.toggle();
    else if (what === "back") player.skip(-Number(by));
    else if (what === "on") player.skip(Number(by));
    else if (deed === "start") player.seek(0);
    else if (deed === "end") player.seek(Infinity);
    else {
      const rate = rateBeside(player.head.rate, deed === "faster" ? 1 : -1);
      part(this, "rate").value = String(rate);
      player.setRate(rate);
    }
  }
}

customElements.define("fw-review", Review);
