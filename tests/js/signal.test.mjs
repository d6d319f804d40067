import assert from "node:assert/strict";
import { test } from "node:test";
import { Signal, afterClose } from "../../web/static/js/signal.js";
import { Clockwork, FakeSocket } from "./clockwork.mjs";

const STANDING = { type: "standing", state: "waiting", ahead: 0, subject: "present", officer: "absent", live_s: null };

function talk() {
  const timers = new Clockwork();
  const sockets = [];
  const events = [];
  const signal = new Signal({
    url: "ws://here/signal",
    room: { check_in: "abc" },
    page: "0f".repeat(16),
    timers,
    chance: () => 0.5,
    open: (url) => {
      sockets.push(new FakeSocket(url));
      return sockets[sockets.length - 1];
    },
    listener: {
      joined: () => events.push("joined"),
      away: () => events.push("away"),
      heard: (message) => events.push(message.type),
      stopped: (why) => events.push(`stopped: ${why}`),
    },
  });
  signal.join();
  const joins = () => {
    const socket = sockets[sockets.length - 1];
    socket.opens();
    socket.hears({ type: "welcome", v: 1 });
    socket.hears(STANDING);
    return socket;
  };
  return { timers, sockets, events, signal, joins };
}

test("a browser says hello, then joins, and is joined by the first standing", () => {
  const { joins, events, sockets } = talk();
  joins();
  assert.deepEqual(sockets[0].said, [
    { type: "hello", v: 1 },
    { type: "join", check_in: "abc", resume: { page: "0f".repeat(16), turn: 1 } },
  ]);
  assert.deepEqual(events, ["joined", "standing"]);
});

test("it beats every ten seconds from the welcome on", () => {
  const { joins, timers } = talk();
  const socket = joins();
  for (let s = 0; s < 30; s += 2) {
    timers.advance(2000);
    socket.hears({ type: "beat" });
  }
  assert.deepEqual(socket.said.slice(2), [{ type: "beat" }, { type: "beat" }, { type: "beat" }]);
});

test("what is said before the seat is ours does not go out, and the author is told", () => {
  const { signal, joins } = talk();
  assert.equal(signal.say("note", { text: "早" }), false);
  const socket = joins();
  assert.equal(signal.say("note", { text: "到了" }), true);
  assert.deepEqual(socket.said.slice(2), [{ type: "note", text: "到了" }]);
});

test("a dropped connection joins again by itself, later each time it fails", () => {
  const { joins, timers, sockets, events } = talk();
  joins().drops(1006);
  assert.equal(events[events.length - 1], "away");
  timers.advance(499);
  assert.equal(sockets.length, 1);
  timers.advance(1);
  assert.equal(sockets.length, 2);
  sockets[1].drops(1006);
  timers.advance(999);
  assert.equal(sockets.length, 2);
  timers.advance(1);
  assert.equal(sockets.length, 3);
  assert.equal(events.filter((event) => event === "away").length, 1);
});

test("a server that goes away is joined again after two seconds", () => {
  const { joins, timers, sockets } = talk();
  joins().drops(1001);
  timers.advance(1999);
  assert.equal(sockets.length, 1);
  timers.advance(1);
  assert.equal(sockets.length, 2);
});

test("who looks at the page again does not wait for the next try", () => {
  const { joins, signal, sockets } = talk();
  joins().drops(1001);
  signal.hurry();
  assert.equal(sockets.length, 2);
  signal.hurry();
  assert.equal(sockets.length, 2);
});

test("a half-open socket is given up and what it still says is not heard", () => {
  const { joins, signal, sockets, events } = talk();
  const former = joins();
  signal.join();
  assert.equal(former.closedWith, 1000);
  assert.equal(former.onmessage, null);
  joins();
  assert.equal(sockets.length, 2);
  assert.deepEqual(events, ["joined", "standing", "joined", "standing"]);
});

for (const [code, why] of [
  [1009, "mistake"],
  [4400, "mistake"],
  [4401, "no_session"],
  [4404, "not_found"],
  [4409, "elsewhere"],
]) {
  test(`close code ${code} stops for good: ${why}`, () => {
    const { joins, timers, sockets, events, signal } = talk();
    joins().drops(code);
    timers.advance(3600000);
    signal.join();
    assert.equal(sockets.length, 1);
    assert.equal(events[events.length - 1], `stopped: ${why}`);
  });
}

for (const [code, tries, ms] of [
  [1001, 0, 2000],
  [4408, 0, 0],
  [4429, 0, 5000],
  [4429, 1, 1000],
  [1011, 0, 500],
  [1006, 0, 500],
  [1006, 3, 4000],
  [1006, 99, 4000],
]) {
  test(`after close code ${code} and ${tries} failed tries it joins again in ${ms} ms`, () => {
    assert.deepEqual(afterClose(code, tries, 0.5), { again_in: ms });
  });
}

test("a socket on which nothing comes is given up for a new one, whatever it may still become", () => {
  const { joins, timers, sockets, events } = talk();
  const socket = joins();
  timers.advance(2000);
  socket.hears({ type: "beat" });
  timers.advance(2499);
  assert.equal(sockets.length, 1);
  timers.advance(1);
  assert.equal(sockets.length, 2);
  assert.equal(socket.onmessage, null);
  assert.deepEqual(events, ["joined", "standing", "away"]);
});

test("while the network is away a new try begins every four seconds, and is counted", () => {
  const { joins, timers, sockets } = talk();
  joins();
  timers.advance(38500);
  assert.equal(sockets.length, 11);
  assert.deepEqual(
    sockets.slice(1, 10).map(({ closedWith }) => closedWith),
    Array(9).fill(1000),
  );
  joins();
  assert.equal(sockets[10].said[1].resume.turn, 2);
});

test("when nothing quick helped each try gets longer", () => {
  const { joins, timers, sockets } = talk();
  joins();
  timers.advance(38500);
  timers.advance(9999);
  assert.equal(sockets.length, 11);
  timers.advance(1);
  assert.equal(sockets.length, 12);
  joins();
  timers.advance(2500);
  assert.equal(sockets.length, 13);
});

test("each step of a slow network has its own four seconds", () => {
  const { signal, sockets, timers } = talk();
  timers.advance(3900);
  sockets[0].opens();
  timers.advance(3900);
  sockets[0].hears({ type: "welcome", v: 1 });
  timers.advance(3900);
  sockets[0].hears(STANDING);
  assert.equal(sockets.length, 1);
  assert.equal(signal.stage, "joined");
});

test("two pages never have the same secret", () => {
  const parts = { url: "ws://here/signal", room: { check_in: "abc" }, listener: {} };
  const [one, other] = [new Signal(parts), new Signal(parts)].map(({ page }) => page);
  assert.match(one, /^[0-9a-f]{32}$/);
  assert.notEqual(one, other);
});

test("chance spreads a crowd by a quarter to both sides", () => {
  assert.deepEqual(afterClose(1006, 1, 0), { again_in: 750 });
  assert.deepEqual(afterClose(1006, 1, 1), { again_in: 1250 });
});
