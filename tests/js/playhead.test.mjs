import assert from "node:assert/strict";
import { test } from "node:test";
import {
  KEYS,
  RATES,
  atRate,
  atStart,
  correction,
  coverage,
  pause,
  play,
  positionAt,
  rateBeside,
  seek,
} from "../../web/static/js/playhead.js";

test("a playhead moves only while it plays, at its rate", () => {
  let head = atStart(60);
  assert.equal(positionAt(head, 100), 0);
  head = play(head, 100);
  assert.equal(positionAt(head, 104), 4);
  head = atRate(head, 2, 104);
  assert.equal(positionAt(head, 106), 8);
  head = pause(head, 106);
  assert.equal(positionAt(head, 999), 8);
});

test("a change of rate does not move the playhead", () => {
  const head = play(seek(atStart(60), 10, 0), 0);
  assert.equal(positionAt(atRate(head, 4, 5), 5), positionAt(head, 5));
});

test("it stops at the end and starts again from the beginning", () => {
  const head = play(atStart(10), 0);
  assert.equal(positionAt(head, 99), 10);
  assert.equal(positionAt(play(head, 99), 99), 0);
});

test("a seek stays inside and goes on playing", () => {
  const head = play(atStart(10), 0);
  assert.equal(positionAt(seek(head, -5, 3), 3), 0);
  assert.equal(positionAt(seek(head, 99, 3), 3), 10);
  assert.equal(positionAt(seek(head, 4, 3), 5), 6);
});

test("a clock that goes backwards does not move the playhead back", () => {
  assert.equal(positionAt(play(seek(atStart(10), 4, 5), 5), 4), 4);
});

for (const [off_s, rate, right] of [
  [0, 1, { rate: 1 }],
  [0.03, 1, { rate: 1 }],
  [0.1, 1, { rate: 0.94 }],
  [-0.1, 1, { rate: 1.06 }],
  [0.5, 1, { jump: true }],
  [-0.5, 0.5, { jump: true }],
  [0.5, 4, { rate: 3.76 }],
]) {
  test(`a video ${off_s} s ahead at ${rate}× ${"jump" in right ? "jumps" : `plays at ${right.rate}×`}`, () => {
    assert.deepEqual(correction(off_s, rate), right);
  });
}

for (const [position_s, found] of [
  [1.9, { shows: false, next_s: 2, cause: "not_yet" }],
  [2, { shows: true }],
  [3.9, { shows: true }],
  [4, { shows: false, next_s: 5, cause: "connection" }],
  [5, { shows: true }],
  [6.9, { shows: true }],
  [7, { shows: false, next_s: null, cause: "over" }],
]) {
  test(`at ${position_s} s a recording from 2 to 7 s with a gap ${found.shows ? "shows" : `shows nothing: ${found.cause}`}`, () => {
    const footage = { starts_at_s: 2, seconds: 5, gaps: [{ from_s: 4, to_s: 5, cause: "connection" }] };
    assert.deepEqual(coverage(footage, position_s), found);
  });
}

test("before the first picture a recording says why there is none, where that is known", () => {
  const footage = { starts_at_s: 9, seconds: 5, gaps: [{ from_s: 1, to_s: 9, cause: "not_opened" }] };
  assert.deepEqual(
    [0.5, 3].map((position_s) => coverage(footage, position_s).cause),
    ["not_yet", "not_opened"],
  );
});

test("rates go up and down one by one, and stop at the ends", () => {
  assert.equal(rateBeside(1, 1), 1.5);
  assert.equal(rateBeside(RATES[0], -1), RATES[0]);
  assert.equal(rateBeside(4, 1), 4);
});

test("J, K, L, space and the arrows are the habits of the trade", () => {
  assert.deepEqual(
    ["j", "k", "l", " ", "ArrowLeft", "ArrowRight"].map((key) => KEYS[key]),
    ["back_10", "toggle", "on_10", "toggle", "back_5", "on_5"],
  );
});
