import assert from "node:assert/strict";
import { test } from "node:test";
import { judged, mayBeSent, roomFor, usable, withOneMore } from "../../web/static/js/shots.js";

const shot = (address, said = null) => ({ file: null, address, look: null, said });
const taken = (names) => [...names].map((name) => shot(name));
const names = (shots) => shots.map(({ address }) => address).join("");

test("after a refusal the good pictures are kept, and a new one takes the place of the first bad one", () => {
  const shots = judged(taken("abcd"), [[], ["太暗"], [], ["模糊"]]);
  assert.deepEqual([names(shots), usable(shots), mayBeSent(shots, 3)], ["abcd", 2, false]);
  const once = withOneMore(shots, shot("x"), 4);
  assert.deepEqual([names(once), mayBeSent(once, 3), roomFor(once, 4)], ["axcd", false, true]);
  const twice = withOneMore(once, shot("y"), 4);
  assert.deepEqual([names(twice), mayBeSent(twice, 3), roomFor(twice, 4)], ["axcy", true, false]);
});

test("where none was refused a picture is added, up to the most", () => {
  assert.equal(names(withOneMore(taken("ab"), shot("c"), 3)), "abc");
  assert.equal(names(withOneMore(taken("abc"), shot("d"), 3)), "abc");
});

test("a refusal that says nothing of single pictures leaves them as they were", () => {
  const shots = judged(taken("abc"), []);
  assert.deepEqual([names(shots), mayBeSent(shots, 3)], ["abc", true]);
});

test("too few are not sent", () => {
  assert.equal(mayBeSent(taken("ab"), 3), false);
});
