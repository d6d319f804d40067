// @ts-check
/** The arithmetic of the timeline: stills and gaps become the segments of lanes, seconds become places and back. Pure. */

/** How long a still speaks for the time after it: the longest pause between stills (5 s) and a second for the keyframe. */
const REACH_S = 6;

/** @typedef {{ n: number, at_s: number, verdict: string, score?: number | null, reasons: string[], url?: string }} Still */
/** @typedef {{ from_s: number, to_s: number, cause?: string, kind?: string }} Gap  `kind`: audio or video; else both */
/** @typedef {{ from_s: number, to_s: number, loss: number, rtt_ms: number | null, kbit_s: number }} Weak  at its worst */
/** @typedef {"ok" | "doubt" | "gap" | "flow" | "weak"} Kind */
/**
 * @typedef {{ kind: Kind, from_s: number, to_s: number, verdict: string, reasons: string[], stills: number, cause: string,
 *   weak?: Weak }} Segment
 */

/** @param {Kind} kind @param {number} from_s @param {number} to_s @param {Partial<Segment>} [more] @returns {Segment} */
function segment(kind, from_s, to_s, more = {}) {
  return { kind, from_s, to_s, verdict: "", reasons: [], stills: 0, cause: "", ...more };
}

/**
 * The identity lane: what the machine said, from each still until the next, never across a gap. A gap is drawn as a gap.
 * @param {readonly Still[]} stills in order of time @param {readonly Gap[]} gaps @param {number} until_s
 */
export function identityLane(stills, gaps, until_s) {
  const judged = stills.map((still, i) => {
    const next_s = i + 1 < stills.length ? stills[i + 1].at_s : until_s;
    const cut_s = Math.min(...gaps.map((gap) => gap.from_s).filter((from_s) => from_s >= still.at_s), Infinity);
    const to_s = Math.min(next_s, cut_s, still.at_s + REACH_S, until_s);
    const kind = still.verdict === "match" ? "ok" : "doubt";
    return segment(kind, still.at_s, Math.max(still.at_s, to_s), {
      verdict: still.verdict,
      reasons: still.reasons,
      stills: 1,
    });
  });
  return joined([...without(judged, gaps), ...drawn(gaps, until_s)]);
}

/**
 * A network lane: where media flowed, where only just, and the gaps in it with their cause.
 * @param {number} from_s @param {readonly Gap[]} gaps @param {number} until_s @param {readonly Weak[]} [stretches]
 */
export function networkLane(from_s, gaps, until_s, stretches = []) {
  const flow = from_s < until_s ? [segment("flow", from_s, until_s)] : [];
  const weak = stretches.map((each) => segment("weak", each.from_s, Math.min(each.to_s, until_s), { weak: each }));
  return joined([...without(without(flow, stretches), gaps), ...without(weak, gaps), ...drawn(gaps, until_s)]);
}

/** @param {readonly Gap[]} gaps @param {number} until_s */
function drawn(gaps, until_s) {
  return gaps
    .filter((gap) => gap.from_s < until_s && gap.to_s > gap.from_s)
    .map((gap) => segment("gap", Math.max(0, gap.from_s), Math.min(gap.to_s, until_s), { cause: gap.cause || "" }));
}

/** The segments with the gaps cut out of them. @param {Segment[]} segments
 * @param {readonly { from_s: number, to_s: number }[]} gaps */
function without(segments, gaps) {
  return gaps.reduce(
    (left, gap) =>
      left
        .flatMap((each) => [
          { ...each, to_s: Math.min(each.to_s, gap.from_s) },
          { ...each, from_s: Math.max(each.from_s, gap.to_s), stills: each.from_s >= gap.to_s ? each.stills : 0 },
        ])
        .filter((each) => each.to_s > each.from_s),
    segments.filter((each) => each.to_s > each.from_s),
  );
}

/** In order, with neighbours that say the same made one. @param {Segment[]} segments */
function joined(segments) {
  /** @type {Segment[]} */
  const out = [];
  for (const next of [...segments].sort((a, b) => a.from_s - b.from_s)) {
    const last = out[out.length - 1];
    if (
      last &&
      last.kind === next.kind &&
      last.verdict === next.verdict &&
      last.cause === next.cause &&
      last.weak === next.weak &&
      next.from_s <= last.to_s + 0.001
    ) {
      out[out.length - 1] = {
        ...last,
        to_s: Math.max(last.to_s, next.to_s),
        reasons: [...new Set([...last.reasons, ...next.reasons])],
        stills: last.stills + next.stills,
      };
    } else {
      out.push(next);
    }
  }
  return out;
}

/**
 * All that was lost at one seat: lost connections, pictures that its network did not carry, what the person had put out
 * themselves, and what else is missing in the recording, by kind.
 * @param {readonly Gap[]} gaps in the recording @param {readonly Gap[]} drops of the connection
 * @param {readonly Gap[]} pauses of the picture @param {readonly Gap[]} [mutes] by kind @returns {Gap[]}
 */
export function losses(gaps, drops, pauses, mutes = []) {
  const away = (/** @type {Gap} */ { cause }) => cause === "connection" || cause === "server" || cause === "left";
  const slowed = (/** @type {Gap} */ { cause }) => cause === "sound_only";
  const putOut = (/** @type {Gap} */ { cause }) => cause === "muted";
  const lost = [...drops, ...gaps.filter(away)];
  const slow = [...pauses, ...gaps.filter(slowed)].flatMap(({ from_s, to_s }) =>
    without([segment("gap", from_s, to_s, { cause: "sound_only" })], lost),
  );
  const quiet = [...mutes, ...gaps.filter(putOut)].flatMap(({ from_s, to_s, kind }) =>
    without(
      [segment("gap", from_s, to_s, { cause: `muted_${kind}` })],
      kind === "video" ? [...lost, ...slow] : lost,
    ),
  );
  const silent = gaps.filter((gap) => !away(gap) && !slowed(gap) && !putOut(gap));
  const cut = silent.flatMap(({ from_s, to_s, kind, cause }) =>
    without(
      [segment("gap", from_s, to_s, { cause: cause === "silent" ? `no_${kind}` : cause })],
      [...lost, ...slow],
    ),
  );
  return [...lost.map(({ from_s, to_s, cause = "connection" }) => ({ from_s, to_s, cause })), ...slow, ...quiet, ...cut].sort(
    (a, b) => a.from_s - b.from_s,
  );
}

/** Where neither picture nor sound was recorded: a player has nothing to play there. @param {readonly Gap[]} gaps
 * @returns {Gap[]} */
export function silences(gaps) {
  const of = (/** @type {string} */ kind) => gaps.filter((gap) => gap.kind === kind);
  return of("video")
    .flatMap((video) =>
      of("audio").map((audio) => ({
        from_s: Math.max(video.from_s, audio.from_s),
        to_s: Math.min(video.to_s, audio.to_s),
        cause: video.cause,
      })),
    )
    .filter(({ from_s, to_s }) => from_s < to_s);
}

/** The segments that deserve a person's look, in order: doubts, gaps and weak networks. @param {readonly Segment[]} lane */
export function notable(lane) {
  return lane.filter(({ kind }) => kind === "doubt" || kind === "gap" || kind === "weak");
}

const SAME_PLACE_S = 0.5;

/**
 * Where the next place begins that deserves a look; null when none is left. Before the first look, `here_s` is negative.
 * @param {readonly Segment[]} worth in any order @param {number} here_s
 */
export function nextLook(worth, here_s) {
  const left = worth.map(({ from_s }) => from_s).filter((from_s) => here_s < 0 || from_s > here_s + SAME_PLACE_S);
  return left.length ? Math.min(...left) : null;
}

/** The still whose picture stands for `at_s`: the last one before it, else the first. @template {{ at_s: number }} S
 * @param {readonly S[]} stills @param {number} at_s @returns {S | undefined} */
export function stillAt(stills, at_s) {
  const before = stills.filter((still) => still.at_s <= at_s + 0.05);
  return before[before.length - 1] || stills[0];
}

/** Where on a lane, from 0 to 1. @param {number} at_s @param {number} duration_s */
export function placeOf(at_s, duration_s) {
  return duration_s > 0 ? Math.min(1, Math.max(0, at_s / duration_s)) : 0;
}

/** Which second, from a pointer's place on a lane. @param {number} x px from the lane's left @param {number} width px
 * @param {number} duration_s */
export function secondAt(x, width, duration_s) {
  return width > 0 ? Math.min(1, Math.max(0, x / width)) * duration_s : 0;
}

const TICK_STEPS = [5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600]; // s
const MOST_TICKS = 10;

/** The seconds to write under the lanes. @param {number} duration_s */
export function ticks(duration_s) {
  const [step_s] = [...TICK_STEPS.filter((each) => duration_s / each <= MOST_TICKS), 7200];
  return Array.from({ length: Math.floor(duration_s / step_s) + 1 }, (_, i) => i * step_s);
}

/** How much time a lane that grows shows: it starts with a minute and grows by half when it is full. @param {number} now_s */
export function growingSpan(now_s) {
  let span_s = 60;
  while (now_s > span_s) span_s *= 1.5;
  return span_s;
}
