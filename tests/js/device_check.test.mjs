import assert from "node:assert/strict";
import { test } from "node:test";
import { say } from "../../web/static/js/device_check.js";
import { browserFamily, loudness, troubleOf } from "../../web/static/js/devices.js";

const WELL = {
  face: true,
  camera: true,
  microphone: true,
  look: { faces: 1, reasons: [], ok: true },
  heard: true,
  silent_s: 0,
  round_trip_ms: 80,
};
const seen = (faces, ...reasons) => ({ look: { faces, reasons, ok: false } });
const check = (change, advice, marks) => {
  const said = say({ ...WELL, ...change });
  assert.equal(said.advice, advice);
  assert.deepEqual([said.light, said.distance, said.sound, said.network], marks.split(" "));
};

for (const [name, change, advice, marks] of [
  ["all is well", {}, "good", "good good good good"],
  ["darkness is the light's affair", seen(1, "too_dark"), "too_dark", "help good good good"],
  ["too far is the distance's affair", seen(1, "too_small"), "too_small", "good help good good"],
  [
    "darkness comes before distance: it explains it",
    seen(1, "too_small", "too_dark"),
    "too_dark",
    "help help good good",
  ],
  ["darkness explains a face that is not found", seen(0, "too_dark"), "too_dark", "help help good good"],
  ["no face without a reason", seen(0), "no_face", "good help good good"],
  [
    "several faces come first: nobody else should be in it",
    seen(2, "too_dark"),
    "several_faces",
    "help help good good",
  ],
  ["before the first picture there is nothing to say about it", { look: null }, "looking", "unknown unknown good good"],
  ["silence is not yet a fault", { heard: false, silent_s: 3 }, "say_something", "good good unknown good"],
  ["long silence asks for the microphone", { heard: false, silent_s: 6 }, "no_sound", "good good help good"],
  [
    "a face that helps comes before a voice",
    { heard: false, silent_s: 9, ...seen(1, "too_dark") },
    "too_dark",
    "help good help good",
  ],
  ["no microphone", { microphone: false, heard: false }, "no_microphone", "good good help good"],
  ["no camera", { camera: false, look: null }, "no_camera", "blind blind good good"],
  [
    "without a microphone too nobody is told to use their voice",
    { camera: false, microphone: false, look: null, heard: false },
    "no_devices",
    "blind blind help good",
  ],
  ["a slow network is said, kindly and late", { round_trip_ms: 1500 }, "slow_network", "good good good help"],
  [
    "no network explains everything",
    { round_trip_ms: Infinity, ...seen(1, "too_dark") },
    "no_network",
    "help good good help",
  ],
  ["a machine that cannot look blames nobody", seen(0, "engine_failed"), "good_by_sight", "unknown unknown good good"],
  [
    "with the other way no picture is judged",
    { face: false, look: null },
    "good_by_sight",
    "unknown unknown good good",
  ],
  [
    "with the other way a stray picture is not judged either",
    { face: false, ...seen(2, "too_dark") },
    "good_by_sight",
    "unknown unknown good good",
  ],
]) {
  test(name, () => check(change, advice, marks));
}

for (const [agent, family] of [
  ["Mozilla/5.0 (Linux; Android 10) AppleWebKit/537.36 MicroMessenger/8.0.50 Mobile", "in_app"],
  ["Mozilla/5.0 (iPhone; CPU iPhone OS 16_0 like Mac OS X) QQ/8.9.1 Mobile", "in_app"],
  ["Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile Safari/604.1", "ios"],
  ["Mozilla/5.0 (Linux; Android 12; HUAWEI) Chrome/99 Mobile Safari/537.36", "android"],
  ["Mozilla/5.0 (Phone; OpenHarmony 4.0) ArkWeb/4 Mobile", "android"],
  ["Mozilla/5.0 (X11; Linux x86_64) Chrome/150 Safari/537.36", "desktop"],
]) {
  test(`${agent} is ${family}`, () => assert.equal(browserFamily(agent), family));
}

for (const [name, trouble] of [
  ["NotAllowedError", "denied"],
  ["SecurityError", "denied"],
  ["NotFoundError", "missing"],
  ["OverconstrainedError", "missing"],
  ["NotReadableError", "busy"],
  ["AbortError", "busy"],
]) {
  test(`${name} of the browser is called ${trouble}`, () => assert.equal(troubleOf({ name }), trouble));
}

test("silence has no loudness, a full square wave has all of it", () => {
  assert.equal(loudness(new Uint8Array(8).fill(128)), 0);
  assert.equal(loudness(new Uint8Array([0, 0, 0, 0])), 1);
});
