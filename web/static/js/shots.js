// @ts-check
/** The pictures taken for an enrolment: what a new one replaces, what was said of each, when they may be sent. Pure. */

/**
 * @typedef {object} Shot
 * @property {File} file
 * @property {string} address
 * @property {import("./device_check.js").Look | null} look  the hint when it was taken
 * @property {string[] | null} said  what was wrong with it when it was sent: nothing, if it is good; null before that
 */

/** A picture that was refused. @param {Shot} shot */
export function refused({ said }) {
  return said !== null && said.length > 0;
}

/** The pictures with one more: in the place of the first that was refused, else behind them, as long as there is room.
 * @param {readonly Shot[]} shots @param {Shot} shot @param {number} most @returns {Shot[]} */
export function withOneMore(shots, shot, most) {
  const place = shots.findIndex(refused);
  if (place >= 0) return shots.map((each, i) => (i === place ? shot : each));
  return shots.length < most ? [...shots, shot] : [...shots];
}

/** Each with what the server said of it, in the order in which they were sent: good ones are kept.
 * @param {readonly Shot[]} shots @param {readonly string[][]} sentences @returns {Shot[]} */
export function judged(shots, sentences) {
  return shots.map((shot, i) => ({ ...shot, said: i < sentences.length ? sentences[i] : shot.said }));
}

/** How many may still be used. @param {readonly Shot[]} shots */
export function usable(shots) {
  return shots.filter((shot) => !refused(shot)).length;
}

/** Whether there is room for one more. @param {readonly Shot[]} shots @param {number} most */
export function roomFor(shots, most) {
  return shots.length < most || shots.some(refused);
}

/** Whether they may be sent: enough of them, and none that was refused before.
 * @param {readonly Shot[]} shots @param {number} fewest */
export function mayBeSent(shots, fewest) {
  return shots.length >= fewest && !shots.some(refused);
}
