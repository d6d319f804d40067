import assert from "node:assert/strict";
import { test } from "node:test";
import {
  causesOf,
  insteadOfLane,
  overPicture,
  theirSignal,
  unseenTag,
  withoutPicture,
} from "../../web/static/js/live_words.js";

const NEWS = { state: "open", verdict: null, at_s: null, reasons: [], usable: 0, stills: 0, engine: "sface" };
const OTHER_WAY = { ...NEWS, engine: "off" };
const NOT_ENROLLED = { ...NEWS, state: "inconclusive", verdict: "unable", reasons: ["not_enrolled"], engine: "off" };

const standing = (state, subject) => ({ state, ahead: 0, subject, officer: "connected", live_s: 3, paused: [], silenced: [], hidden: [], unshown: [] });
const seen = (change) => {
  const sight = { link: "connected", standing: standing("live", "connected"), picture: true, sound: true, news: null, late: true, failed: false, ...change };
  return overPicture(sight, "林*雨");
};

test("what we lose ourselves is not called their network", () => {
  const [title, text] = seen({ failed: true, link: "connecting" });
  assert.match(title, /系统断了一下/);
  assert.match(text, /不算对方的问题/);
  assert.equal(seen({ failed: true, link: "away" })[0], "我们这边断线了，正在接回来");
});

test("another way than the face is said in the lane's place, once", () => {
  assert.match(insteadOfLane(OTHER_WAY), /换一种方式/);
  assert.deepEqual(causesOf(OTHER_WAY, []), []);
});

test("a face that was never enrolled is not taken for another way", () => {
  assert.equal(insteadOfLane(NOT_ENROLLED), "系统没法比对：还没有登记照。请您看着视频确认身份。");
});

test("where stills are compared there is a lane", () => {
  assert.equal(insteadOfLane(NEWS), "");
});

test("without a picture the system does not say that it is still looking", () => {
  assert.deepEqual(unseenTag(NEWS, true), { look: "tech", text: "系统没有画面可看" });
  assert.equal(unseenTag(NEWS, false), null);
});

test("what was judged before the picture went away still stands", () => {
  assert.equal(unseenTag({ ...NEWS, state: "matched", stills: 4 }, true), null);
});

test("a picture that does not come is waited for, then said to be missing", () => {
  assert.equal(seen({ picture: false, late: false })[0], "正在等对方的画面……");
  assert.equal(seen({ picture: false })[0], "对方没有画面");
  assert.equal(seen({})[0], "");
});

test("a picture that this browser cannot show is nobody's fault, and the sound goes on", () => {
  const unshown = { ...standing("live", "connected"), unshown: ["subject"] };
  assert.equal(seen({ standing: unshown, picture: false })[0], "对方设备的画面格式，这个浏览器放不了；声音照常");
  assert.equal(seen({ standing: { ...unshown, unshown: ["officer"] } })[0], "");
});

test("a picture that the network does not carry is said to be the network's, also over the last one", () => {
  const paused = { ...standing("live", "connected"), paused: ["subject"] };
  assert.deepEqual(seen({ standing: paused }).slice(0, 2), [
    "网络太慢，暂时只有声音",
    "是网络原因，不算对方的问题。网络好了，画面会自己回来。",
  ]);
  assert.match(seen({ standing: { ...paused, subject: "lost" } })[0], /断线/);
  assert.equal(seen({ standing: { ...paused, paused: ["officer"] } })[0], "");
  assert.match(withoutPicture(true, true), /网络太慢/);
  assert.match(withoutPicture(false, true), /打电话/);
});

test("a camera that the person has put out is called so, and a microphone covers no picture", () => {
  const hidden = { ...standing("live", "connected"), hidden: ["subject"] };
  assert.equal(seen({ standing: hidden })[0], "对方关了摄像头");
  assert.doesNotMatch(seen({ standing: hidden, sound: false })[1], /说话/);
  assert.match(seen({ standing: { ...hidden, paused: ["subject"] } })[0], /网络太慢/);
  assert.equal(seen({ standing: { ...hidden, hidden: ["officer"], silenced: ["subject"] } })[0], "");
});

test("a connection has a word and its figures", () => {
  const quality = { signal: "weak", loss: 0.125, rtt_ms: 640, kbit_s: 212 };
  assert.deepEqual(theirSignal(quality), ["对方信号弱", "丢包 12.5%，往返 640 毫秒，每秒 212 千比特"]);
  assert.match(theirSignal({ ...quality, rtt_ms: null })[1], /往返 – 毫秒/);
});

test("without picture and sound nobody is told to go by a voice", () => {
  assert.deepEqual(seen({ picture: false, sound: false }), [
    "对方没有画面，也没有声音",
    "对方听得到您。请打电话联系，请对方允许摄像头和麦克风。",
    false,
  ]);
  assert.equal(seen({ picture: false, sound: false, late: false })[1], "");
  assert.equal(seen({ standing: standing("live", "present") })[1], "");
  assert.doesNotMatch(withoutPicture(false, false), /凭声音/);
  assert.match(withoutPicture(true, false), /凭声音/);
});

test("that nothing will be compared is said before anybody is let in", () => {
  const waiting = standing("waiting", "present");
  assert.equal(seen({ standing: waiting })[1], "请进以后才开始录像和比对。");
  assert.match(seen({ standing: waiting, news: OTHER_WAY })[1], /^请进以后才开始录像。本人选了“换一种方式”/);
  assert.match(seen({ standing: waiting, news: NOT_ENROLLED })[1], /^请进以后才开始录像。系统没法比对：还没有登记照/);
});

test("only whoever waits may be let in", () => {
  assert.equal(seen({ standing: standing("waiting", "present") })[2], true);
  assert.equal(seen({ standing: standing("scheduled", "absent") })[2], false);
  assert.equal(seen({ link: "away", standing: standing("waiting", "present") })[2], false);
});
