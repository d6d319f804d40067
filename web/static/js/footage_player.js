// @ts-check
/** Plays several recordings as one: one playhead, each video led along it, gaps left as gaps. */

import { atRate, atStart, correction, coverage, pause, play, positionAt, seek } from "./playhead.js";

const CLOSE = 0.05; // s; nearer than a frame is there
const FUTURE_DATA = 3; // HTMLMediaElement.HAVE_FUTURE_DATA: it can go on at least a little

/** @typedef {{ footage: import("./playhead.js").Footage, video: HTMLVideoElement, missing: (cause: string | null) => void }} Track */

export class FootagePlayer {
  /**
   * @param {Track[]} tracks `missing` is told why a track shows nothing, or null when it shows
   * @param {number} duration_s @param {(position_s: number, playing: boolean) => void} moved
   */
  constructor(tracks, duration_s, moved) {
    this.tracks = tracks;
    this.moved = moved;
    this.head = atStart(duration_s);
    this.wanted = false; // a person pressed play; the playhead waits while a video is loading
    this.frame = 0;
    for (const { video } of tracks) {
      for (const event of ["loadeddata", "canplay", "seeked"]) video.addEventListener(event, () => this.step());
    }
    this.step();
  }

  toggle() {
    this.wanted = !this.wanted;
    this.head = this.wanted ? play(this.head, now()) : pause(this.head, now());
    this.step();
  }

  /** @param {number} to_s */
  seek(to_s) {
    this.head = seek(this.head, to_s, now());
    this.step();
  }

  /** @param {number} by_s */
  skip(by_s) {
    this.seek(this.position() + by_s);
  }

  /** @param {number} rate */
  setRate(rate) {
    this.head = atRate(this.head, rate, now());
    this.step();
  }

  position() {
    return positionAt(this.head, now());
  }

  stop() {
    cancelAnimationFrame(this.frame);
    this.wanted = false;
    for (const { video } of this.tracks) video.pause();
  }

  /** Leads every video to the playhead, and comes again with the next frame while something plays. @private */
  step() {
    cancelAnimationFrame(this.frame);
    const at = now();
    const position_s = positionAt(this.head, at);
    if (position_s >= this.head.duration_s) this.wanted = false;
    const led = this.tracks.map((track) => lead(track, position_s, this.wanted && this.head.playing, this.head.rate));
    const ready = led.every(Boolean);
    if (this.head.playing !== (this.wanted && ready))
      this.head = this.wanted && ready ? play(this.head, at) : pause(this.head, at);
    this.moved(position_s, this.wanted);
    if (this.wanted) this.frame = requestAnimationFrame(() => this.step());
  }
}

/** Brings one video to the playhead. Whether it can keep up: a video that is loading holds the others too.
 * @param {Track} track @param {number} position_s @param {boolean} playing @param {number} rate */
function lead({ footage, video, missing }, position_s, playing, rate) {
  const found = coverage(footage, position_s);
  missing(found.shows ? null : found.cause);
  if (!found.shows) {
    video.pause();
    if (found.next_s !== null) bring(video, found.next_s); // it is ready when the playhead comes there
    return true;
  }
  if (!playing) {
    video.pause();
    bring(video, position_s);
    return video.readyState >= FUTURE_DATA && !video.seeking;
  }
  const right = correction(video.currentTime - position_s, rate);
  if ("jump" in right) bring(video, position_s);
  else if (video.playbackRate !== right.rate) video.playbackRate = right.rate;
  if (video.paused) video.play().catch(() => {}); // a pause that follows at once rejects it; there is nothing to do
  return video.readyState >= FUTURE_DATA;
}

/** @param {HTMLVideoElement} video @param {number} to_s */
function bring(video, to_s) {
  if (video.seeking || video.readyState === 0 || Math.abs(video.currentTime - to_s) < CLOSE) return;
  video.currentTime = to_s;
}

function now() {
  return performance.now() / 1000;
}
