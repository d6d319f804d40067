// @ts-check
/** Whether our network carries a picture: given up when it does not, tried again when it may. Pure; told every 2 s. */

const TOO_LOSSY = 0.15; // of what we send: a picture no longer holds together, and takes from the sound
// The server never asks for less than 100 (media/feedback.py), however slow the other side is: below that it is us.
const TOO_LITTLE = 90; // kbit/s
const CALM = 0.05; // of the sound that we send while there is no picture
const TO_TURN = 3; // readings in a row that say the same: 6 s
const FIRST_WAIT = 5; // readings before the picture is tried again; twice as many when a try has failed
const LONGEST_WAIT = 40;
const HELD = 15; // readings; a picture that held so long did not fail

/** @typedef {{ loss: number, sound_loss: number, kbit_s: number | null }} Reading  of what we send, and could send */
/** @typedef {{ carries: boolean, contrary: number, passed: number, wait: number }} Uplink  counted in readings */

/** @type {Uplink} */
export const FRESH = Object.freeze({ carries: true, contrary: 0, passed: 0, wait: 0 });

/** What is known after one more reading. @param {Uplink} uplink @param {Reading} reading @returns {Uplink} */
export function afterReading(uplink, { loss, sound_loss, kbit_s }) {
  const bad = loss > TOO_LOSSY || (kbit_s !== null && kbit_s < TOO_LITTLE);
  const turns = uplink.carries ? bad : sound_loss < CALM;
  const contrary = turns ? uplink.contrary + 1 : 0;
  const passed = uplink.passed + 1;
  const rested = uplink.carries || passed >= uplink.wait;
  if (contrary < TO_TURN || !rested) return { ...uplink, contrary, passed };
  const wait = uplink.carries ? waitAfter(uplink, passed) : uplink.wait;
  return { carries: !uplink.carries, contrary: 0, passed: 0, wait };
}

/** @param {Uplink} uplink @param {number} passed */
function waitAfter({ wait }, passed) {
  return wait === 0 || passed > HELD ? FIRST_WAIT : Math.min(2 * wait, LONGEST_WAIT);
}

/** What the browser knows of what it sends. @param {{ forEach: (each: (report: any) => void) => void }} reports
 * @returns {Reading} */
export function uplinkOf(reports) {
  /** @type {Reading} */
  const reading = { loss: 0, sound_loss: 0, kbit_s: null };
  reports.forEach((report) => {
    if (report.type === "remote-inbound-rtp") {
      const lost = report.fractionLost || 0;
      reading.loss = Math.max(reading.loss, lost);
      if (report.kind === "audio") reading.sound_loss = lost;
    } else if (report.type === "candidate-pair" && report.nominated && report.availableOutgoingBitrate !== undefined) {
      reading.kbit_s = report.availableOutgoingBitrate / 1000; // not every browser says
    }
  });
  return reading;
}
