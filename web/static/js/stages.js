// @ts-check
/** What the subject's page shows, and what moves it on: the table of the one page from device check to thanks. */

import { allows, step } from "./statetable.js";

/** @typedef {"asking" | "helping" | "checking" | "waiting" | "live" | "returning" | "filing" | "thanks" | "stopped"} Stage */

/**
 * asking: the browser asks for camera and microphone · helping: it was refused, or something is missing ·
 * checking: device check · waiting: in the waiting room · live: the call · returning: the network is away ·
 * filing: over, the receipt will come · thanks: over, with a receipt · stopped: the server will not have this page again, and the page says why.
 * The device check never blocks: from each of its stages a person may go and wait.
 * @type {import("./statetable.js").Table}
 */
export const STAGES = Object.freeze({
  asking: { opened: "checking", trouble: "helping", ready: "waiting" },
  helping: { retried: "asking", opened: "checking", ready: "waiting" },
  checking: { trouble: "helping", ready: "waiting" },
  waiting: { admitted: "live", over: "filing", receipt: "thanks", refused: "stopped" },
  live: { dropped: "returning", over: "filing", receipt: "thanks", refused: "stopped" },
  returning: { returned: "live", over: "filing", receipt: "thanks", refused: "stopped" },
  filing: { over: "filing", receipt: "thanks", refused: "stopped" },
  thanks: {},
  stopped: {},
});

/** @param {Stage} stage @param {string} cue */
export function after(stage, cue) {
  return /** @type {Stage} */ (step(STAGES, stage, cue));
}

/**
 * The cue in what we know of the call, or null when it changes nothing.
 * @param {Stage} stage @param {{ state: string } | null} standing @param {import("./seat.js").Link} link
 */
export function cueOf(stage, standing, link) {
  const admitted = standing !== null && (standing.state === "live" || standing.state === "interrupted");
  /** @type {[string, boolean][]} */
  const rows = [
    ["admitted", admitted],
    ["dropped", link === "away"],
    ["returned", link === "connected"],
  ];
  const [found] = rows.filter(([cue, holds]) => holds && allows(STAGES, stage, cue));
  return found ? found[0] : null;
}

const GONE = ["ended", "missed", "cancelled", "filed"];

export const RECEIPT_WITHIN = 3000; // ms; the receipt follows the end, unless the call ended while we were away

/** Whether the check-in can no longer be joined, by its state. @param {string} state */
export function isGone(state) {
  return GONE.includes(state);
}
