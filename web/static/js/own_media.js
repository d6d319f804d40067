// @ts-check
/** A person's own camera and microphone on a page: opened, shown, muted, changed for others, and remembered. */

import { openMedia, remember, rememberedChoice } from "./devices.js";

export class OwnMedia {
  /**
   * @param {HTMLVideoElement} view where people see themselves
   * @param {(trouble: import("./devices.js").Trouble | null) => void} changed after every opening; `stream` is what is there now
   */
  constructor(view, changed) {
    this.view = view;
    this.changed = changed;
    this.choice = rememberedChoice();
    this.stream = new MediaStream();
    this.muted = false;
    this.hidden = false;
    view.muted = true; // nobody hears themselves; the attribute mutes only what the parser made
  }

  async open() {
    const { stream, trouble } = await openMedia(this.choice);
    this.close();
    this.stream = stream;
    const [video] = stream.getVideoTracks();
    if (video) video.onended = () => this.open(); // unplugged, or taken by another program
    this.view.srcObject = stream.getTracks().length ? stream : null; // a view of nothing would load for ever
    this.view.classList.toggle("mirrored", !video || video.getSettings().facingMode !== "environment");
    this.apply();
    this.changed(trouble);
  }

  /** From the camera in front to the one at the back, or the other way. */
  async flip() {
    const facing = this.choice.facing === "environment" ? "user" : "environment";
    await this.choose({ ...this.choice, camera: undefined, facing });
  }

  /** @param {import("./devices.js").Choice} choice */
  async choose(choice) {
    this.choice = choice;
    remember(choice);
    this.close(); // most phones open one camera at a time: the first must be let go before the second is asked for
    await this.open();
  }

  /** @param {boolean} muted */
  mute(muted) {
    this.muted = muted;
    this.apply();
  }

  /** @param {boolean} hidden */
  hide(hidden) {
    this.hidden = hidden;
    this.apply();
  }

  /** What the person has put out by a button, for the other side and the record. */
  get mutes() {
    return { sound: this.muted, picture: this.hidden };
  }

  /** @returns {Promise<MediaDeviceInfo[]>} */
  async devices() {
    return navigator.mediaDevices ? navigator.mediaDevices.enumerateDevices() : [];
  }

  /** Camera and microphone go dark. */
  close() {
    this.stream.getTracks().forEach((track) => {
      track.onended = null;
      track.stop();
    });
  }

  /** @private */
  apply() {
    this.stream.getAudioTracks().forEach((track) => (track.enabled = !this.muted));
    this.stream.getVideoTracks().forEach((track) => (track.enabled = !this.hidden));
  }
}
