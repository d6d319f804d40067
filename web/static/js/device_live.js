// @ts-check
/** <fw-device-live device="id">: a device's picture for as long as it streams, and in words what there is when it does not. */

import { part, write } from "./dom.js";
import { Refused, Viewing } from "./whep.js";
import { loadWords, t } from "./words.js";

const LOOK_EVERY_MS = 2000;
const STILL_AFTER_MS = 4000; // without a new picture
const AGAIN_MS = 3000;

class DeviceLive extends HTMLElement {
  connectedCallback() {
    this.device = this.getAttribute("device") || "";
    this.video = part(this, "picture");
    this.status = part(this, "status");
    this.sound = part(this, "sound");
    this.flowing = false;
    this.shownAt = 0;
    this.shown = 0;
    this.sound.addEventListener("click", () => this.turnSound());
    this.leaving = () => this.viewing && this.viewing.end();
    addEventListener("pagehide", this.leaving);
    this.looking = setInterval(() => this.look(), LOOK_EVERY_MS);
    this.begin();
  }

  disconnectedCallback() {
    removeEventListener("pagehide", this.leaving);
    clearInterval(this.looking);
    clearTimeout(this.again);
    if (this.viewing) this.viewing.end();
  }

  async begin() {
    if (this.viewing) this.viewing.end();
    const viewing = (this.viewing = new Viewing(`/whep/${this.device}`, {
      stream: (stream) => {
        this.video.srcObject = stream;
        this.sound.hidden = false;
        this.video.play().catch(() => {});
      },
      connected: () => this.look(),
      broken: () => viewing === this.viewing && this.retry(AGAIN_MS),
    }));
    try {
      await viewing.begin();
    } catch (error) {
      if (viewing === this.viewing) this.refused(error);
    }
  }

  /** @param {unknown} error */
  refused(error) {
    const status = error instanceof Refused ? error.status : 0;
    if (status === 401) return this.say(t("登录已过期，请重新登录后再看。"));
    if (status === 404) return this.say(t("这台设备现在不归您看了。"));
    if (status === 503) this.say(t("看的人太多，或者系统正在恢复。会自动再试。"));
    else this.say(t("连不上服务器，会自动再试。"));
    this.retry(Math.max(AGAIN_MS, error instanceof Refused ? error.retryAfterS * 1000 : 0));
  }

  /** @param {number} ms */
  retry(ms) {
    clearTimeout(this.again);
    this.again = setTimeout(() => this.begin(), ms);
  }

  /** What is to be seen: pictures that come, or in words why none do. */
  async look() {
    const frames = this.video.getVideoPlaybackQuality().totalVideoFrames;
    if (frames !== this.shown) {
      this.shown = frames;
      this.shownAt = performance.now();
      this.status.hidden = true;
      return;
    }
    if (this.shown && performance.now() - this.shownAt < STILL_AFTER_MS) return;
    const state = await this.state();
    if (state === "away") this.say(t("设备不在线。它一推流，画面就会出现在这里。"));
    else if (state === "lost") this.say(t("设备断线了，正在等它接回。"));
    else if (state === "coming") this.say(t("设备正在接入…"));
    else if (state === "live") this.say(this.shown ? t("没有新的画面。") : t("设备在线，还没有画面；可能只有声音。"));
  }

  async state() {
    try {
      const reply = await fetch(`/devices/${this.device}/state`, { headers: { Accept: "application/json" } });
      return reply.ok ? (await reply.json()).state : "";
    } catch {
      return "";
    }
  }

  turnSound() {
    this.video.muted = !this.video.muted;
    this.sound.setAttribute("aria-pressed", String(!this.video.muted));
    write(this.sound.querySelector("span"), this.video.muted ? t("打开声音") : t("关掉声音"));
  }

  /** @param {string} text */
  say(text) {
    this.status.hidden = false;
    write(this.status, text);
  }
}

await loadWords();
customElements.define("fw-device-live", DeviceLive);
