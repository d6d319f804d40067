// @ts-check
/** What the device check says: from pictures, sound and network to one sentence and four marks. Pure; it never blocks. */

/** @typedef {"good" | "help" | "unknown" | "blind"} Mark  blind: there is no camera to see it with */
/** @typedef {{ faces: number, reasons: string[], ok: boolean }} Look  the face worker's word on one preview picture */
/**
 * @typedef {object} Findings
 * @property {boolean} face            whether the face was chosen; else no picture leaves the phone
 * @property {boolean} camera          a camera is open
 * @property {boolean} microphone      a microphone is open
 * @property {Look | null} look        the newest, null before the first
 * @property {boolean} heard           a voice was loud enough at least once
 * @property {number} silent_s         how long nothing has been heard since the microphone opened
 * @property {number | null} round_trip_ms   to the server; null before the first, Infinity when it cannot be reached
 */
/** @typedef {{ advice: string, light: Mark, distance: Mark, sound: Mark, network: Mark }} Said */

const QUIET_FOR = 6; // s; long enough to read the first sentence and say something
const SLOW = 1200; // ms round trip; speech still works, the picture may stand still

// The first reason wins: what makes the others hopeless comes first.
const LIGHT = ["too_dark", "too_bright", "flat"];
const DISTANCE = ["too_small", "turned_away", "blurred", "low_confidence"];

// Nobody in front of a camera can help: these say nothing of the picture.
const MACHINE = ["engine_failed", "not_enrolled", "other_engine", "busy"];

/** Whether a look says something of the picture, and not of the machine. @param {Look} look */
export function isOfPicture(look) {
  return !look.reasons.some((reason) => MACHINE.includes(reason));
}

/**
 * One advice, by name, and a mark for each of the four things; advice.js has the sentences.
 * @param {Findings} given @returns {Said}
 */
export function say(given) {
  // A machine that cannot look is as good as none: the officer sees the picture anyway.
  const findings = given.look && !isOfPicture(given.look) ? { ...given, look: null, face: false } : given;
  const { face, camera, microphone, look, heard, silent_s, round_trip_ms } = findings;
  const reasons = look ? look.reasons : [];
  const light = ofPicture(findings, reasons, LIGHT);
  const distance = ofPicture(findings, look && look.faces !== 1 ? ["faces"] : reasons, [...DISTANCE, "faces"]);
  const quiet = microphone && !heard && silent_s >= QUIET_FOR;
  /** @type {Mark} */
  const sound = !microphone || quiet ? "help" : heard ? "good" : "unknown";
  /** @type {Mark} */
  const network = round_trip_ms === null ? "unknown" : round_trip_ms < SLOW ? "good" : "help";
  return { advice: adviceOf(findings, quiet), light, distance, sound, network };
}

/** @param {Findings} findings @param {boolean} quiet */
function adviceOf({ face, camera, microphone, look, heard, round_trip_ms }, quiet) {
  if (round_trip_ms === Infinity) return "no_network";
  if (!camera) return microphone ? "no_camera" : "no_devices";
  if (face && look) {
    if (look.faces > 1) return "several_faces";
    const [known] = [...LIGHT, ...DISTANCE].filter((reason) => look.reasons.includes(reason));
    if (known) return known;
    if (look.faces === 0) return "no_face";
  }
  if (!microphone) return "no_microphone";
  if (quiet) return "no_sound";
  if (round_trip_ms !== null && round_trip_ms >= SLOW) return "slow_network";
  if (!heard) return "say_something";
  if (face && !look) return "looking";
  return face ? "good" : "good_by_sight";
}

/** @param {Findings} findings @param {string[]} reasons @param {string[]} about @returns {Mark} */
function ofPicture({ face, camera, look }, reasons, about) {
  if (!camera) return "blind";
  if (!face || !look) return "unknown";
  return reasons.some((reason) => about.includes(reason)) ? "help" : "good";
}
