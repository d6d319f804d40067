// @ts-check
/** <fw-device-recording src="…">: plays what a device recorded, or the copy of it where a browser plays no WebM. */

import { part, write } from "./dom.js";
import { askFor, copyOf, playsSealed, prepared } from "./viewing_copy.js";
import { loadWords, t } from "./words.js";

class DeviceRecording extends HTMLElement {
  connectedCallback() {
    const video = part(this, "picture");
    const sealed = this.getAttribute("src") || "";
    if (playsSealed(video, sealed)) video.src = sealed;
    else this.bringCopy(video, sealed);
  }

  /** @param {HTMLVideoElement} video @param {string} sealed */
  async bringCopy(video, sealed) {
    const copy = copyOf(sealed);
    const status = part(this, "status");
    status.hidden = false;
    write(status, t("正在准备…"));
    const ready = await prepared(
      () => askFor(copy.wanted),
      (state, percent) => write(status, state === "making" ? t("正在准备… {percent}%", { percent }) : t("正在排队准备…")),
      (ms) => new Promise((done) => setTimeout(done, ms)),
      () => this.isConnected,
    );
    status.hidden = ready;
    if (ready) video.src = copy.url;
    else write(status, t("准备不了能在这里播放的副本。请换一台电脑，或稍后重新打开。"));
  }
}

await loadWords();
customElements.define("fw-device-recording", DeviceRecording);
