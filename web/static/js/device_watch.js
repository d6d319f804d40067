// @ts-check
/** Watches camera, microphone and network during the device check and the waiting, and says what it found. */

import { say } from "./device_check.js";
import { LevelMeter, takePicture } from "./devices.js";

const LISTEN_EVERY = 100; // ms
const LOOK_EVERY = 1000; // ms; one small picture a second
const REACH_EVERY = 4000; // ms

export class DeviceWatch {
  /**
   * @param {{ view: HTMLVideoElement, face: boolean, lookUrl: string, said: (said: import("./device_check.js").Said) => void,
   *   level: (level: number) => void }} parts  `face`: the face was chosen; else no picture leaves the phone
   */
  constructor({ view, face, lookUrl, said, level }) {
    this.view = view;
    this.lookUrl = lookUrl;
    this.said = said;
    this.level = level;
    /** @type {import("./device_check.js").Findings} */
    this.findings = {
      face,
      camera: false,
      microphone: false,
      look: null,
      heard: false,
      silent_s: 0,
      round_trip_ms: null,
    };
    this.running = false;
    this.looking = false;
    /** @type {LevelMeter | null} */
    this.meter = null;
    /** @type {number[]} */
    this.timers = [];
  }

  start() {
    if (this.running) return;
    this.running = true;
    this.timers = [
      window.setInterval(() => this.listen(), LISTEN_EVERY),
      window.setInterval(() => this.look(), LOOK_EVERY),
      window.setInterval(() => this.reach(), REACH_EVERY),
    ];
    this.reach();
    this.tell();
  }

  stop() {
    this.running = false;
    this.timers.forEach(clearInterval);
    if (this.meter) this.meter.close();
    this.meter = null;
  }

  /** Camera or microphone are others now. @param {MediaStream} stream */
  watch(stream) {
    const [audio] = stream.getAudioTracks();
    this.findings.camera = stream.getVideoTracks().length > 0;
    this.findings.microphone = audio !== undefined;
    this.findings.look = null;
    if (this.meter) this.meter.close();
    this.meter = audio && window.AudioContext ? new LevelMeter(stream) : null;
    this.tell();
  }

  /** @private */
  tell() {
    if (this.running) this.said(say(this.findings));
  }

  /** @private */
  listen() {
    if (!this.meter) return;
    this.level(this.meter.level());
    this.findings.silent_s = this.meter.heard ? 0 : this.findings.silent_s + LISTEN_EVERY / 1000;
    if (this.meter.heard === this.findings.heard) return;
    this.findings.heard = this.meter.heard;
    this.tell();
  }

  /** Sends one small picture for hints; the server keeps nothing. @private */
  async look() {
    if (!this.findings.face || !this.findings.camera || document.hidden || this.looking) return;
    this.looking = true;
    try {
      const picture = await takePicture(this.view);
      if (!picture || !this.running) return;
      const headers = { "Content-Type": "image/jpeg", Accept: "application/json" };
      const reply = await fetch(this.lookUrl, { method: "POST", body: picture, headers });
      /** @type {import("./device_check.js").Look | null} */
      const seen = reply.status === 200 ? await reply.json() : null;
      const busy = seen !== null && seen.reasons.includes("busy"); // what was seen before still holds
      if (seen && !busy) this.findings.look = seen;
    } catch {
      // a picture that did not arrive says nothing of the face; the network's mark says the rest
    } finally {
      this.looking = false;
    }
    this.tell();
  }

  /** @private */
  async reach() {
    if (document.hidden) return;
    const sent = performance.now();
    try {
      await fetch("/healthz", { cache: "no-store" });
      this.findings.round_trip_ms = performance.now() - sent;
    } catch {
      this.findings.round_trip_ms = Infinity;
    }
    this.tell();
  }
}
