// @ts-check
/** Times as people read them: minutes on a dial, hours of the bureau's day. */

const ZONE = "Asia/Shanghai"; // where the bureau works; the server stores UTC

/** Seconds as 03:12 or 1:03:12, always rounded down: a second shown has passed. @param {number} seconds */
export function dial(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const rest = `${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

/** From when to when, in the bureau's day. @param {string} from @param {string} to ISO 8601 @param {string} language */
export function span(from, to, language) {
  const day = new Intl.DateTimeFormat(language, { timeZone: ZONE, month: "long", day: "numeric" });
  const hour = new Intl.DateTimeFormat(language, {
    timeZone: ZONE,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  // "11月23日" is set closer than the server sets it.
  const date = day.format(new Date(from)).replace(/\d+/g, " $& ").replace(/ +/g, " ").trim();
  return `${date} ${hour.format(new Date(from))} – ${hour.format(new Date(to))}`;
}
