import assert from "node:assert/strict";
import { test } from "node:test";
import { dial, span } from "../../web/static/js/clock.js";
import { laneSummary, segmentText } from "../../web/static/js/lanes.js";
import {
  growingSpan,
  identityLane,
  losses,
  networkLane,
  nextLook,
  notable,
  placeOf,
  secondAt,
  silences,
  stillAt,
  ticks,
} from "../../web/static/js/timeline.js";

const still = (at_s, verdict, ...reasons) => ({ n: 1, at_s, verdict, reasons });
const drawn = (segments) => segments.map(({ kind, from_s, to_s }) => `${kind} ${from_s}-${to_s}`);

for (const [name, stills, gaps, until_s, lane] of [
  ["a still speaks until the next one", [still(2, "match"), still(5, "no_match")], [], 8, ["ok 2-5", "doubt 5-8"]],
  ["neighbours that say the same are one", [still(2, "match"), still(5, "match")], [], 9, ["ok 2-9"]],
  ["nobody knows what was long after a still", [still(2, "match"), still(30, "match")], [], 60, ["ok 2-8", "ok 30-36"]],
  ["different doubts stay apart", [still(0, "unable"), still(3, "no_face")], [], 6, ["doubt 0-3", "doubt 3-6"]],
  [
    "a gap is drawn over what would have been said",
    [still(2, "match"), still(7, "match")],
    [{ from_s: 4, to_s: 6 }],
    9,
    ["ok 2-4", "gap 4-6", "ok 7-9"],
  ],
  ["a still does not speak across a gap", [still(2, "match")], [{ from_s: 4, to_s: 5 }], 8, ["ok 2-4", "gap 4-5"]],
  ["nothing is drawn after the end", [still(2, "match")], [{ from_s: 4, to_s: 99 }], 5, ["ok 2-4", "gap 4-5"]],
  ["a still at the very end takes no room", [still(5, "match")], [], 5, []],
  ["no stills, no lane", [], [], 5, []],
]) {
  test(name, () => assert.deepEqual(drawn(identityLane(stills, gaps, until_s)), lane));
}

test("a segment counts its stills and keeps each reason once", () => {
  const [one] = identityLane([still(0, "unable", "too_dark"), still(3, "unable", "too_dark", "blurred")], [], 6);
  assert.equal(one.stills, 2);
  assert.deepEqual(one.reasons, ["too_dark", "blurred"]);
});

test("the network lane starts where the recording starts, and a gap has its cause", () => {
  const lane = networkLane(1, [{ from_s: 3, to_s: 4, cause: "connection" }], 6);
  assert.deepEqual(drawn(lane), ["flow 1-3", "gap 3-4", "flow 4-6"]);
  assert.equal(lane[1].cause, "connection");
});

test("a weak stretch is drawn over what flowed, with its figures, and under what was lost", () => {
  const weak = [
    { from_s: 2, to_s: 6, loss: 0.2, rtt_ms: 300, kbit_s: 90 },
    { from_s: 6, to_s: 99, loss: 0.3, rtt_ms: null, kbit_s: 80 },
  ];
  const lane = networkLane(1, [{ from_s: 3, to_s: 4, cause: "connection" }], 9, weak);
  assert.deepEqual(drawn(lane), ["flow 1-2", "weak 2-3", "gap 3-4", "weak 4-6", "weak 6-9"]);
  assert.deepEqual(
    lane.map(segmentText).filter((text) => text.includes("弱")),
    [
      "00:02–00:03 网络较弱（丢包 20%，往返 300 毫秒，每秒 90 千比特）",
      "00:04–00:06 网络较弱（丢包 20%，往返 300 毫秒，每秒 90 千比特）",
      "00:06–00:09 网络较弱（丢包 30%，每秒 80 千比特）",
    ],
  );
  assert.match(laneSummary(lane), /网络较弱/);
});

test("a lost connection explains what is missing; what else is missing keeps its own cause", () => {
  const gaps = [
    { kind: "video", from_s: 2, to_s: 8, cause: "silent" },
    { kind: "audio", from_s: 20, to_s: 22, cause: "connection" },
    { kind: "video", from_s: 30, to_s: 32, cause: "server" },
  ];
  const drops = [
    { from_s: 4, to_s: 6, cause: "connection" },
    { from_s: 40, to_s: 41, cause: "server" },
  ];
  const lost = losses(gaps, drops, []).map(({ from_s, to_s, cause }) => `${cause} ${from_s}-${to_s}`);
  assert.deepEqual(lost, [
    "no_video 2-4",
    "connection 4-6",
    "no_video 6-8",
    "connection 20-22",
    "server 30-32",
    "server 40-41",
  ]);
});

test("an officer who left was not cut off by the network", () => {
  const gaps = [{ kind: "video", from_s: 4, to_s: 6, cause: "left" }];
  const lost = losses(gaps, [{ from_s: 4, to_s: 6, cause: "left" }], []);
  assert.deepEqual([...new Set(lost.map(({ cause }) => cause))], ["left"]);
});

test("a network too slow for a picture explains the picture that is missing, and nothing else", () => {
  const gaps = [
    { kind: "video", from_s: 2, to_s: 8, cause: "sound_only" },
    { kind: "video", from_s: 12, to_s: 14, cause: "silent" },
  ];
  const lost = losses(gaps, [{ from_s: 5, to_s: 6 }], [{ from_s: 3, to_s: 9 }]);
  const lane = networkLane(1, lost, 15);
  assert.deepEqual(
    lane.map(({ kind, from_s, to_s, cause }) => `${kind} ${from_s}-${to_s} ${cause}`),
    [
      "flow 1-2 ",
      "gap 2-5 sound_only",
      "gap 5-6 connection",
      "gap 6-9 sound_only",
      "flow 9-12 ",
      "gap 12-14 no_video",
      "flow 14-15 ",
    ],
  );
  assert.match(laneSummary(lane), /网络太慢，只有声音/);
});

test("what the person has put out is named so, each kind by itself, where a network has not taken it", () => {
  const gaps = [{ kind: "video", from_s: 12, to_s: 16, cause: "muted" }];
  const mutes = [
    { kind: "audio", from_s: 2, to_s: 8 },
    { kind: "video", from_s: 6, to_s: 15 },
  ];
  const lost = losses(gaps, [{ from_s: 4, to_s: 5 }], [{ from_s: 7, to_s: 9 }], mutes);
  const lane = networkLane(1, lost, 20).filter(({ kind }) => kind === "gap");
  assert.deepEqual(lane.map(segmentText), [
    "00:02–00:04 自己关了麦克风",
    "00:04–00:05 断线（网络原因）",
    "00:05–00:08 自己关了麦克风",
    "00:06–00:07 自己关了摄像头",
    "00:07–00:09 网络太慢，只有声音",
    "00:09–00:16 自己关了摄像头",
  ]);
});

test("a camera and microphone that were opened late are named so, from the connection on", () => {
  const late = (kind) => ({ kind, from_s: 1, to_s: 20, cause: "not_opened" });
  const lost = losses([late("audio"), late("video")], [{ from_s: 5, to_s: 8, cause: "connection" }], []);
  const lane = networkLane(20, lost, 30);
  assert.deepEqual(
    lane.map(({ kind, from_s, to_s, cause }) => `${kind} ${from_s}-${to_s} ${cause}`),
    ["gap 1-5 not_opened", "gap 5-8 connection", "gap 8-20 not_opened", "flow 20-30 "],
  );
  assert.match(laneSummary(lane), /摄像头和麦克风可能没有打开/);
});

test("the next look goes on from here, the first from the beginning, and after the last there is none", () => {
  const worth = [
    ...networkLane(0, [{ from_s: 20, to_s: 22 }], 40),
    ...identityLane([still(0, "unable"), still(20, "no_match")], [], 40),
  ].filter(({ kind }) => kind !== "flow");
  assert.deepEqual(
    [-1, 0, 12, 20, 39].map((here_s) => nextLook(worth, here_s)),
    [0, 20, 20, null, null],
  );
  assert.equal(nextLook([], -1), null);
});

test("there is nothing to play only where picture and sound are both missing", () => {
  const gaps = [
    { kind: "video", from_s: 2, to_s: 8, cause: "silent" },
    { kind: "audio", from_s: 5, to_s: 6, cause: "connection" },
    { kind: "audio", from_s: 20, to_s: 22, cause: "silent" },
  ];
  assert.deepEqual(
    silences(gaps).map(({ from_s, to_s }) => [from_s, to_s]),
    [[5, 6]],
  );
});

test("doubts and gaps deserve a look, a match does not", () => {
  const lane = identityLane([still(0, "match"), still(3, "unable")], [{ from_s: 8, to_s: 9 }], 10);
  assert.deepEqual(
    notable(lane).map(({ kind }) => kind),
    ["doubt", "gap"],
  );
});

test("the still for a second is the last one before it, else the first", () => {
  const stills = [still(2, "match"), still(5, "unable")];
  assert.deepEqual(
    [0, 2, 4.9, 5, 99].map((at_s) => stillAt(stills, at_s).at_s),
    [2, 2, 2, 5, 5],
  );
  assert.equal(stillAt([], 3), undefined);
});

test("a lane never overlaps itself and never leaves its time", () => {
  for (let seed = 1; seed < 200; seed += 1) {
    let state = seed;
    const chance = () => (state = (state * 16807) % 2147483647) / 2147483647;
    const times = Array.from({ length: 8 }, () => chance() * 60).sort((a, b) => a - b);
    const stills = times.map((at_s) => still(at_s, chance() < 0.5 ? "match" : "unable"));
    const gaps = Array.from({ length: 3 }, (_, i) => ({
      from_s: i * 20 + chance() * 9,
      to_s: i * 20 + 9 + chance() * 9,
    }));
    const lane = identityLane(stills, gaps, 60);
    lane.forEach(({ from_s, to_s }, i) => {
      assert.ok(from_s >= 0 && from_s < to_s && to_s <= 60, `seed ${seed}`);
      if (i) assert.ok(from_s >= lane[i - 1].to_s - 0.0011, `seed ${seed}`);
    });
  }
});

test("places and seconds are each other's inverse, and stay on the lane", () => {
  assert.equal(secondAt(placeOf(15, 60) * 200, 200, 60), 15);
  assert.equal(placeOf(99, 60), 1);
  assert.equal(secondAt(-5, 200, 60), 0);
  assert.equal(placeOf(3, 0), 0);
});

test("there are never more than eleven ticks, on round seconds", () => {
  assert.deepEqual(ticks(60), [0, 10, 20, 30, 40, 50, 60]);
  assert.deepEqual(ticks(0), [0]);
  for (let duration_s = 1; duration_s < 20000; duration_s += 7) assert.ok(ticks(duration_s).length <= 11);
});

test("a lane that grows starts with a minute and grows by half when it is full", () => {
  assert.deepEqual([0, 60, 61, 100].map(growingSpan), [60, 60, 90, 135]);
});

test("seconds are read from a dial, and a second shown has passed", () => {
  assert.deepEqual([0, 59.9, 192, 3792, -1].map(dial), ["00:00", "00:59", "03:12", "1:03:12", "00:00"]);
});

test("a span is told in the bureau's day wherever the browser is", () => {
  assert.equal(span("2026-10-27T02:31:00Z", "2026-10-27T02:36:00Z", "en-GB"), "27 October 10:31 – 10:36");
  assert.equal(span("2026-10-27T02:31:00Z", "2026-10-27T02:36:00Z", "zh-CN"), "10 月 27 日 10:31 – 10:36");
});
