// @ts-check
/** One playhead for several recordings on one clock: values and arithmetic; `now` is always an argument, in seconds. */

/** @typedef {Readonly<{ position_s: number, since: number, rate: number, playing: boolean, duration_s: number }>} Playhead */

export const RATES = Object.freeze([0.5, 1, 1.5, 2, 4]);
const FAR = 0.35; // s off: lips no longer fit the voice, jump there
const NEAR = 0.04; // s off: nobody sees it, leave it
const NUDGE = 0.06; // a twentieth faster or slower is not heard

/** @param {number} duration_s @returns {Playhead} */
export function atStart(duration_s) {
  return { position_s: 0, since: 0, rate: 1, playing: false, duration_s };
}

/** Where the playhead is. @param {Playhead} head @param {number} now */
export function positionAt(head, now) {
  const moved = head.playing ? Math.max(0, now - head.since) * head.rate : 0;
  return Math.min(head.duration_s, head.position_s + moved);
}

/** @param {Playhead} head @param {number} now @returns {Playhead} */
export function play(head, now) {
  const position_s = positionAt(head, now);
  return { ...head, position_s: position_s >= head.duration_s ? 0 : position_s, since: now, playing: true };
}

/** @param {Playhead} head @param {number} now @returns {Playhead} */
export function pause(head, now) {
  return { ...head, position_s: positionAt(head, now), since: now, playing: false };
}

/** @param {Playhead} head @param {number} to_s @param {number} now @returns {Playhead} */
export function seek(head, to_s, now) {
  return { ...head, position_s: Math.min(head.duration_s, Math.max(0, to_s)), since: now };
}

/** @param {Playhead} head @param {number} rate @param {number} now @returns {Playhead} */
export function atRate(head, rate, now) {
  return { ...head, position_s: positionAt(head, now), since: now, rate };
}

/** The next faster or slower rate. @param {number} rate @param {1 | -1} way */
export function rateBeside(rate, way) {
  const at = RATES.indexOf(rate) + way;
  return RATES[Math.min(RATES.length - 1, Math.max(0, at))];
}

/** @typedef {{ starts_at_s: number, seconds: number, gaps: readonly { from_s: number, to_s: number, cause?: string }[] }} Footage
 *   one recording; its file keeps the check-in's clock, so its first picture lies at `starts_at_s`; `gaps` are those in
 *   which there is neither picture nor sound */

/**
 * Whether a recording has something to show at `position_s`; else from which second on it has, or null when never again,
 * and why not.
 * @param {Footage} footage @param {number} position_s
 * @returns {{ shows: true } | { shows: false, next_s: number | null, cause: string }}
 */
export function coverage({ starts_at_s, seconds, gaps }, position_s) {
  const [gap, ...others] = gaps.filter(({ from_s, to_s }) => from_s <= position_s && position_s < to_s);
  if (position_s < starts_at_s) return { shows: false, next_s: starts_at_s, cause: (gap && gap.cause) || "not_yet" };
  if (position_s >= starts_at_s + seconds) return { shows: false, next_s: null, cause: "over" };
  if (!gap) return { shows: true };
  return { shows: false, next_s: Math.max(...[gap, ...others].map(({ to_s }) => to_s)), cause: gap.cause || "" };
}

/**
 * How a video that is `off_s` ahead of where it should be comes back: a jump, a nudge of its rate, or nothing.
 * @param {number} off_s @param {number} rate @returns {{ jump: true } | { rate: number }}
 */
export function correction(off_s, rate) {
  if (Math.abs(off_s) > FAR * Math.max(1, rate)) return { jump: true };
  if (Math.abs(off_s) < NEAR) return { rate };
  return { rate: rate * (off_s > 0 ? 1 - NUDGE : 1 + NUDGE) };
}

/** What a key does on the review page. @type {Readonly<Record<string, string>>} */
export const KEYS = Object.freeze({
  " ": "toggle",
  k: "toggle",
  j: "back_10",
  l: "on_10",
  ArrowLeft: "back_5",
  ArrowRight: "on_5",
  ",": "back_1",
  ".": "on_1",
  Home: "start",
  End: "end",
  "[": "slower",
  "]": "faster",
});
