import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { FootagePlayer } from "../../web/static/js/footage_player.js";

let seconds = 0;
let frames = [];
globalThis.requestAnimationFrame = (act) => frames.push(act);
globalThis.cancelAnimationFrame = () => (frames = []);
Object.defineProperty(globalThis, "performance", { value: { now: () => seconds * 1000 } });

/** A video that plays at its rate whenever it is told to, and is where it was brought at once. */
class FakeVideo {
  constructor() {
    Object.assign(this, { currentTime: 0, paused: true, seeking: false, readyState: 4, playbackRate: 1, told: {} });
  }
  addEventListener(event, act) {
    this.told[event] = act;
  }
  async play() {
    this.paused = false;
  }
  pause() {
    this.paused = true;
  }
  passes(s) {
    if (!this.paused && this.readyState >= 3) this.currentTime += s * this.playbackRate;
  }
}

function pass(s, ...videos) {
  for (let left = Math.round(s * 20); left > 0; left -= 1) {
    seconds += 0.05;
    videos.forEach((video) => video.passes(0.05));
    frames.splice(0).forEach((act) => act());
  }
}

function open(...footage) {
  const videos = footage.map(() => new FakeVideo());
  const causes = [];
  const places = [];
  const tracks = footage.map((each, i) => ({
    footage: { gaps: [], ...each },
    video: videos[i],
    missing: (cause) => (causes[i] = cause),
  }));
  const player = new FootagePlayer(tracks, 60, (position_s, playing) => places.push([position_s, playing]));
  return { player, videos, causes, places };
}

const near = (actual, wanted) => assert.ok(Math.abs(actual - wanted) < 0.11, `${actual} is not near ${wanted}`);

beforeEach(() => {
  frames = [];
});

test("two recordings play as one", () => {
  const { player, videos } = open({ starts_at_s: 0, seconds: 60 }, { starts_at_s: 0, seconds: 60 });
  player.toggle();
  pass(5, ...videos);
  near(player.position(), 5);
  videos.forEach((video) => near(video.currentTime, 5));
});

test("who came later is not shown before, and is there in time", () => {
  const { player, videos, causes } = open({ starts_at_s: 0, seconds: 60 }, { starts_at_s: 3, seconds: 50 });
  player.toggle();
  pass(2, ...videos);
  assert.equal(causes[1], "not_yet");
  assert.equal(videos[1].paused, true);
  near(videos[1].currentTime, 3);
  pass(3, ...videos);
  assert.equal(causes[1], null);
  near(videos[1].currentTime, 5);
});

test("a gap is waited through while the other goes on", () => {
  const gap = { from_s: 4, to_s: 8, cause: "connection" };
  const { player, videos, causes } = open(
    { starts_at_s: 0, seconds: 60, gaps: [gap] },
    { starts_at_s: 0, seconds: 60 },
  );
  player.toggle();
  pass(6, ...videos);
  assert.deepEqual([causes[0], videos[0].paused, videos[1].paused], ["connection", true, false]);
  near(videos[0].currentTime, 8);
  pass(4, ...videos);
  videos.forEach((video) => near(video.currentTime, 10));
});

test("a video that is loading holds all of them", () => {
  const { player, videos } = open({ starts_at_s: 0, seconds: 60 }, { starts_at_s: 0, seconds: 60 });
  player.toggle();
  pass(1, ...videos);
  videos[1].readyState = 2;
  pass(2, ...videos);
  near(player.position(), 1);
  assert.equal(videos[0].paused, true);
  videos[1].readyState = 4;
  pass(1, ...videos);
  near(player.position(), 2);
});

test("a jump takes every video along, playing or not", () => {
  const { player, videos } = open({ starts_at_s: 0, seconds: 60 }, { starts_at_s: 0, seconds: 60 });
  player.seek(30);
  videos.forEach((video) => near(video.currentTime, 30));
  player.toggle();
  player.skip(-10);
  pass(1, ...videos);
  videos.forEach((video) => near(video.currentTime, 21));
});

test("a video that lags is led back without a jump", () => {
  const { player, videos } = open({ starts_at_s: 0, seconds: 60 }, { starts_at_s: 0, seconds: 60 });
  player.toggle();
  pass(1, ...videos);
  videos[0].currentTime -= 0.2;
  pass(0.1, ...videos);
  assert.ok(videos[0].playbackRate > 1);
  pass(5, ...videos);
  near(videos[0].currentTime, videos[1].currentTime);
});

test("at the end it stops, and play begins anew", () => {
  const { player, videos, places } = open({ starts_at_s: 0, seconds: 60 });
  player.seek(59);
  player.toggle();
  pass(3, ...videos);
  assert.deepEqual(places[places.length - 1], [60, false]);
  player.toggle();
  pass(1, ...videos);
  near(player.position(), 1);
});

test("four times as fast is four times as fast", () => {
  const { player, videos } = open({ starts_at_s: 0, seconds: 60 });
  player.setRate(4);
  player.toggle();
  pass(3, ...videos);
  assert.ok(Math.abs(videos[0].currentTime - 12) < 0.4);
});
