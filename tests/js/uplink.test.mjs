import assert from "node:assert/strict";
import { test } from "node:test";
import { FRESH, afterReading, uplinkOf } from "../../web/static/js/uplink.js";

const READINGS = {
  g: { loss: 0, sound_loss: 0, kbit_s: 800 }, // good
  f: { loss: 0.12, sound_loss: 0.12, kbit_s: 300 }, // fair enough for a picture
  l: { loss: 0.3, sound_loss: 0.3, kbit_s: 500 }, // lossy
  s: { loss: 0, sound_loss: 0, kbit_s: 60 }, // slow
  u: { loss: 0, sound_loss: 0, kbit_s: null }, // a browser that does not say
  v: { loss: 0.4, sound_loss: 0, kbit_s: null }, // the last word about a picture that is not sent any more
};

/** P where a picture is sent, - where not, after each reading. */
function course(readings, uplink = FRESH) {
  let drawn = "";
  for (const each of readings.replaceAll(" ", "")) {
    uplink = afterReading(uplink, READINGS[each]);
    drawn += uplink.carries ? "P" : "-";
  }
  return drawn;
}

for (const [name, readings, drawn] of [
  ["a good network carries a picture", "ggggg", "PPPPP"],
  ["so does one of which little is known", "uuuuu", "PPPPP"],
  ["so does one that is fair", "ffffff", "PPPPPP"],
  ["moments of loss change nothing", "llgllgll", "PPPPPPPP"],
  ["six seconds of loss take the picture away", "glll", "PPP-"],
  ["so do six seconds of too little", "sls", "PP-"],
  ["it is tried again after ten seconds, if the sound is calm", "lll ggggg", "PP- ----P"],
  ["not while sound is lost", "lll llllll gg g", "PP- ------ -- P"],
  ["not while little sound is lost", "lll fffffff", "PP- -------"],
  ["what was last heard of the picture does not count", "lll vvvvv", "PP- ----P"],
  ["a try that fails is repeated later", "lll ggggg lll gggggggggg", "PP- ----P PP- ---------P"],
  ["after a picture that held, soon again", `lll ggggg ${"g".repeat(16)} lll ggggg`, `PP- ----P ${"P".repeat(18)}- ----P`],
]) {
  test(name, () => assert.equal(course(readings), drawn.replaceAll(" ", "")));
}

test("it is tried again for ever, and never more than eighty seconds later", () => {
  let uplink = FRESH;
  let waited = 0;
  for (let i = 0; i < 2000; i += 1) {
    uplink = afterReading(uplink, uplink.carries ? READINGS.l : READINGS.g);
    waited = uplink.carries ? 0 : waited + 1;
    assert.ok(waited <= 40);
  }
});

test("a reading is the worse of both kinds, and the sound by itself", () => {
  const reading = uplinkOf([
    { type: "remote-inbound-rtp", kind: "audio", fractionLost: 0.1 },
    { type: "remote-inbound-rtp", kind: "video", fractionLost: 0.25 },
    { type: "candidate-pair", nominated: false, availableOutgoingBitrate: 1 },
    { type: "candidate-pair", nominated: true, availableOutgoingBitrate: 412_000 },
  ]);
  assert.deepEqual(reading, { loss: 0.25, sound_loss: 0.1, kbit_s: 412 });
  assert.deepEqual(uplinkOf([]), { loss: 0, sound_loss: 0, kbit_s: null });
});
