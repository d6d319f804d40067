// @ts-check
/** Camera, microphone and what the browser thinks of them: opened, remembered, measured; no page. */

const REMEMBERED = "fw-devices";
// 640×480 at 24: a face fills enough of it, and a cheap phone on 4G can send it.
const PICTURE = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 24, max: 30 } };
const SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const VOICE = 0.02; // RMS of full scale; a quiet room gives 0.002, speech at arm's length 0.05

/** @typedef {{ camera?: string, facing?: "user" | "environment", microphone?: string }} Choice */
/** @typedef {"denied" | "missing" | "busy" | "unsupported" | "insecure"} Trouble */
/** @typedef {{ stream: MediaStream, trouble: Trouble | null }} Opened */

/** @returns {Choice} */
export function rememberedChoice() {
  try {
    return JSON.parse(localStorage.getItem(REMEMBERED) || "{}");
  } catch {
    return {}; // storage is closed in some private windows
  }
}

/** @param {Choice} choice */
export function remember(choice) {
  try {
    localStorage.setItem(REMEMBERED, JSON.stringify(choice));
  } catch {
    // a choice that is not kept is asked again next time
  }
}

/**
 * Opens what can be opened. What is missing is named in `trouble`; the stream has whatever did open, maybe nothing.
 * @param {Choice} choice @returns {Promise<Opened>}
 */
export async function openMedia(choice) {
  if (!window.isSecureContext) return { stream: new MediaStream(), trouble: "insecure" };
  if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia)
    return { stream: new MediaStream(), trouble: "unsupported" };
  const video = {
    ...PICTURE,
    ...(choice.camera ? { deviceId: { ideal: choice.camera } } : { facingMode: { ideal: choice.facing || "user" } }),
  };
  const audio = { ...SOUND, ...(choice.microphone ? { deviceId: { ideal: choice.microphone } } : {}) };
  try {
    return { stream: await navigator.mediaDevices.getUserMedia({ video, audio }), trouble: null };
  } catch (error) {
    const trouble = troubleOf(error);
    // One of the two is missing, busy or refused: the other alone is worth having.
    const tracks = [];
    for (const wanted of [{ video }, { audio }]) {
      // Whoever has just refused is not asked twice more.
      if (trouble === "denied" && !(await isAllowed(wanted.video ? "camera" : "microphone"))) continue;
      const part = await navigator.mediaDevices.getUserMedia(wanted).catch(() => null);
      if (part) tracks.push(...part.getTracks());
    }
    return { stream: new MediaStream(tracks), trouble };
  }
}

/** Whether the page may open it without a question. @param {"camera" | "microphone"} device */
async function isAllowed(device) {
  try {
    return (await navigator.permissions.query({ name: /** @type {any} */ (device) })).state === "granted";
  } catch {
    return false; // this browser does not tell
  }
}

/** @param {any} error a DOMException of getUserMedia @returns {Trouble} */
export function troubleOf(error) {
  switch (error && error.name) {
    case "NotAllowedError":
    case "SecurityError":
      return "denied";
    case "NotFoundError":
    case "OverconstrainedError":
      return "missing";
    default:
      return "busy"; // NotReadableError, AbortError: another app holds it, or the device hangs
  }
}

/** Which drawing shows where to tap. @param {string} agent navigator.userAgent @returns {"in_app" | "ios" | "android" | "desktop"} */
export function browserFamily(agent) {
  if (/MicroMessenger|\bQQ\/|QQBrowserLite|Weibo|DingTalk|AlipayClient/i.test(agent)) return "in_app";
  if (/iPhone|iPad|iPod/i.test(agent)) return "ios";
  if (/Android|HarmonyOS|OpenHarmony/i.test(agent)) return "android";
  return "desktop";
}

/** How loud the microphone is, from 0 to 1, and whether a voice was heard since it opened. */
export class LevelMeter {
  /** @param {MediaStream} stream with an audio track */
  constructor(stream) {
    this.context = new AudioContext();
    this.analyser = this.context.createAnalyser();
    this.analyser.fftSize = 1024;
    this.samples = new Uint8Array(this.analyser.fftSize);
    this.context.createMediaStreamSource(stream).connect(this.analyser);
    this.heard = false;
    this.context.resume();
  }

  /** The loudness now; to be asked some times a second. */
  level() {
    this.analyser.getByteTimeDomainData(this.samples); // bytes: Safari 14 had no floats here
    const rms = loudness(this.samples);
    if (rms >= VOICE) this.heard = true;
    return Math.min(1, rms / 0.2);
  }

  close() {
    this.context.close();
  }
}

/** RMS of full scale, from bytes around 128. @param {Uint8Array} samples */
export function loudness(samples) {
  let sum = 0;
  for (const sample of samples) sum += ((sample - 128) / 128) ** 2;
  return Math.sqrt(sum / samples.length);
}

const PREVIEW_WIDTH = 480; // px; the face worker needs no more to see light and distance

/** One small JPEG of what the video shows now, or null before its first frame. @param {HTMLVideoElement} video
 * @param {number} [width] @param {number} [quality] @returns {Promise<Blob | null>} */
export function takePicture(video, width = PREVIEW_WIDTH, quality = 0.7) {
  if (!video.videoWidth) return Promise.resolve(null);
  const scale = Math.min(1, width / Math.max(video.videoWidth, video.videoHeight));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  const pen = canvas.getContext("2d");
  if (!pen) return Promise.resolve(null);
  pen.drawImage(video, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));
}

/** Keeps the screen on while the page is looked at; the browser lets go whenever it is not, so it is asked again then. */
export class ScreenLight {
  constructor() {
    /** @type {WakeLockSentinel | null} */
    this.lock = null;
  }

  async keepOn() {
    this.letGo();
    try {
      this.lock = await navigator.wakeLock.request("screen");
    } catch {
      // an old browser or an empty battery: the page asks the person not to lock the phone
    }
  }

  letGo() {
    if (this.lock) this.lock.release();
    this.lock = null;
  }
}

/** Two soft tones and a short buzz: it is your turn. Silent where the browser wants a tap first. */
export function ring() {
  const tapped = !navigator.userActivation || navigator.userActivation.hasBeenActive; // else the browser only complains
  if (navigator.vibrate && tapped) navigator.vibrate([200, 100, 200]);
  const context = new AudioContext();
  for (const [at_s, hertz] of [
    [0, 660],
    [0.28, 880],
  ]) {
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.frequency.value = hertz;
    const start = context.currentTime + at_s;
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(0.2, start + 0.04);
    volume.gain.exponentialRampToValueAtTime(0.001, start + 0.5);
    tone.connect(volume).connect(context.destination);
    tone.start(start);
    tone.stop(start + 0.5);
    if (at_s) tone.onended = () => context.close();
  }
}
