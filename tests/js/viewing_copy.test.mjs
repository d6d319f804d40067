import assert from "node:assert/strict";
import { test } from "node:test";
import { copyOf, playsSealed, prepared } from "../../web/static/js/viewing_copy.js";

async function check(replies, { done, heard, waited }) {
  const said = [];
  const waits = [];
  const ask = async () => {
    const reply = replies.shift();
    if (!reply) throw new Error("no network");
    return { state: reply.split(" ")[0], percent: Number(reply.split(" ")[1] || 0) };
  };
  const note = (state, percent) => said.push(`${state} ${percent}`);
  const wait = async (ms) => void waits.push(ms);
  assert.equal(await prepared(ask, note, wait, () => waits.length < 10), done);
  assert.deepEqual(said, heard);
  assert.deepEqual(waits, waited);
}

test("a copy that is there is played at once", () => check(["ready"], { done: true, heard: [], waited: [] }));

test("each recording is asked for as what it is", () => {
  const asked = [];
  const canPlayType = (type) => asked.push(type) && "";
  playsSealed({ canPlayType }, "/check-ins/1/recordings/subject.webm");
  playsSealed({ canPlayType }, "/check-ins/1/recordings/subject.mkv");
  assert.deepEqual(asked, ['video/webm; codecs="vp8, opus"', 'video/x-matroska; codecs="avc1.42E01F, opus"']);
  assert.equal(copyOf("/check-ins/1/recordings/subject.mkv").url, "/check-ins/1/recordings/subject.mp4");
});

test("how far it is is said until it is there", () =>
  check(["waiting", "making 4", "making 60", "ready"], {
    done: true,
    heard: ["waiting 0", "making 4", "making 60"],
    waited: [1500, 1500, 1500],
  }));

test("a copy that cannot be made is said to be so", () =>
  check(["making 4", "failed"], { done: false, heard: ["making 4"], waited: [1500] }));

test("a full line is asked less often", () =>
  check(["busy", "ready"], { done: true, heard: ["busy 0"], waited: [10000] }));

test("a network that is away is no failure", () =>
  check(["making 4", null, "ready"], { done: true, heard: ["making 4"], waited: [1500, 1500] }));

test("a page that was left asks no more", () =>
  check([], { done: false, heard: [], waited: Array(10).fill(1500) }));

test("a browser plays what is sealed unless it says no", () => {
  for (const [answer, plays] of [["probably", true], ["maybe", true], ["", false]])
    assert.equal(playsSealed({ canPlayType: () => answer }, "/check-ins/1/recordings/subject.webm"), plays);
});

test("a copy lies beside its recording", () =>
  assert.deepEqual(copyOf("/check-ins/1/recordings/subject.webm"), {
    url: "/check-ins/1/recordings/subject.mp4",
    wanted: "/check-ins/1/recordings/subject/copy",
  }));
