// @ts-check
/** Recordings for browsers that cannot play what is sealed: asks for the copy that the server makes, and says how far it is. */

const ASK_AGAIN_MS = 1500;
const ASK_AGAIN_WHEN_BUSY_MS = 10000;

const SEALED_AS = { webm: 'video/webm; codecs="vp8, opus"', mkv: 'video/x-matroska; codecs="avc1.42E01F, opus"' };

/** Whether the browser plays what is sealed; "maybe" is a yes. @param {Pick<HTMLVideoElement, "canPlayType">} video
 * @param {string} url of the sealed recording */
export function playsSealed(video, url) {
  return video.canPlayType(url.endsWith(".mkv") ? SEALED_AS.mkv : SEALED_AS.webm) !== "";
}

/** The copy's address, and the one to ask for it. @param {string} url of the sealed recording */
export function copyOf(url) {
  const stem = url.replace(/\.(webm|mkv)$/, "");
  return { url: `${stem}.mp4`, wanted: `${stem}/copy` };
}

/**
 * Comes back when the copy is there (true) or cannot be made (false). A reply that does not come is asked for again.
 * @param {() => Promise<{ state: string, percent: number }>} ask
 * @param {(state: string, percent: number) => void} said @param {(ms: number) => Promise<void>} wait
 * @param {() => boolean} wanted whether the page is still open
 */
export async function prepared(ask, said, wait, wanted) {
  while (wanted()) {
    const { state, percent } = await ask().catch(() => ({ state: "unheard", percent: 0 }));
    if (state === "ready") return true;
    if (state === "failed") return false;
    if (state !== "unheard") said(state, percent);
    await wait(state === "busy" ? ASK_AGAIN_WHEN_BUSY_MS : ASK_AGAIN_MS);
  }
  return false;
}

/** @param {string} address */
export async function askFor(address) {
  const reply = await fetch(address, { method: "POST" });
  if (reply.status >= 400 && reply.status < 500) return { state: "failed", percent: 0 }; // signed out, or not there
  if (!reply.ok) throw new Error(`answered ${reply.status}`);
  return await reply.json();
}
