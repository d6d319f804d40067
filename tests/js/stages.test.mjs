import assert from "node:assert/strict";
import { test } from "node:test";
import { STAGES, after, cueOf, isGone } from "../../web/static/js/stages.js";
import { IllegalCue, step } from "../../web/static/js/statetable.js";

const CUES = [...new Set(Object.values(STAGES).flatMap((row) => Object.keys(row)))];

for (const stage of Object.keys(STAGES)) {
  for (const cue of CUES) {
    const next = STAGES[stage][cue];
    test(`${cue} while ${stage} ${next ? `leads to ${next}` : "is illegal"}`, () => {
      if (next) assert.equal(after(stage, cue), next);
      else assert.throws(() => after(stage, cue), new IllegalCue(stage, cue));
    });
  }
}

test("every stage leads to a final one", () => {
  const final = Object.keys(STAGES).filter((stage) => Object.keys(STAGES[stage]).length === 0);
  assert.deepEqual(final, ["thanks", "stopped"]);
  const ends = new Set(final);
  for (let grown = true; grown;) {
    const before = ends.size;
    for (const [stage, row] of Object.entries(STAGES))
      if (Object.values(row).some((next) => ends.has(next))) ends.add(stage);
    grown = ends.size > before;
  }
  assert.deepEqual([...ends].sort(), Object.keys(STAGES).sort());
});

test("from every stage of the device check a person may go and wait", () => {
  for (const stage of ["asking", "helping", "checking"]) assert.equal(after(stage, "ready"), "waiting");
});

test("a table is not asked for what every object has", () => {
  assert.throws(() => step(STAGES, "waiting", "constructor"), IllegalCue);
});

const LIVE = { state: "live" };
for (const [name, stage, standing, link, cue] of [
  ["who waits is let in by the server's word, not by the network", "waiting", LIVE, "joined", "admitted"],
  ["who waits goes on waiting while the network is away", "waiting", { state: "waiting" }, "away", null],
  ["a call whose network goes away is returning", "live", LIVE, "away", "dropped"],
  ["being joined again is not yet being back", "returning", LIVE, "joined", null],
  ["media that flows again is being back", "returning", LIVE, "connected", "returned"],
  [
    "a page that is opened again in the middle of a call goes on with it",
    "waiting",
    { state: "interrupted" },
    "joined",
    "admitted",
  ],
  ["before the device check is over nothing that the server says moves the page", "checking", LIVE, "joined", null],
]) {
  test(name, () => assert.equal(cueOf(stage, standing, link), cue));
}

test("a check-in is gone once it is over, missed or called off", () => {
  assert.deepEqual(
    ["scheduled", "waiting", "live", "interrupted", "ended", "missed", "cancelled", "filed"].filter(isGone),
    ["ended", "missed", "cancelled", "filed"],
  );
});
