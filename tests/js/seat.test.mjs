import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { qualityBetween, signalOf, trafficOf } from "../../web/static/js/call.js";
import { Seat } from "../../web/static/js/seat.js";
import { Clockwork, FakePeer, FakeSocket, FakeStream, settle } from "./clockwork.mjs";

globalThis.MediaStream = FakeStream;

const standing = (state, subject = "present") => ({
  type: "standing",
  state,
  ahead: 0,
  subject,
  officer: "present",
  live_s: null,
  paused: [],
  silenced: [],
  hidden: [],
});
const RECEIPT = {
  code: "青山-1",
  started_at: "2026-11-23T02:00:00Z",
  ended_at: "2026-11-23T02:05:00Z",
  officer: "李",
  unit: "三",
  gap_s: 0,
};

function take({ tracks = [{ kind: "audio" }, { kind: "video" }] } = {}) {
  const timers = new Clockwork();
  const [sockets, peers, links, heard] = [[], [], [], []];
  const seat = new Seat({
    place: "subject",
    url: "ws://here/signal",
    checkIn: "abc",
    stream: new FakeStream(tracks),
    timers,
    chance: () => 0.5,
    open: (url) => (sockets.push(new FakeSocket(url)), sockets[sockets.length - 1]),
    openPeer: (configuration) => (peers.push(new FakePeer(configuration)), peers[peers.length - 1]),
    listener: {
      standing: ({ state }) => heard.push(state),
      link: (link) => links.push(link),
      remote: () => heard.push("remote"),
      quality: () => heard.push("quality"),
      ended: (receipt) => heard.push(receipt && receipt.code),
      stopped: (why) => heard.push(why),
      theirQuality: ({ signal }) => heard.push(`their quality: ${signal}`),
      failed: () => heard.push("failed"),
      soFar: ({ notes }) => heard.push(notes[0].text),
    },
  });
  seat.join();
  const joins = async (state, subject) => {
    const socket = sockets[sockets.length - 1];
    socket.opens();
    socket.hears({ type: "welcome", v: 1 });
    socket.hears(standing(state, subject));
    await settle();
    return socket;
  };
  /** Time passes; the server beats, unless the network is away. */
  const passes = async (ms, { away = false, bytes = 0 } = {}) => {
    for (let left = ms; left > 0; left -= 500) {
      peers.forEach((peer) => (peer.bytes += bytes));
      timers.advance(500);
      const socket = sockets[sockets.length - 1];
      if (!away && socket.readyState === 1) socket.hears({ type: "beat" });
      await settle();
    }
  };
  return { timers, sockets, peers, links, heard, seat, joins, passes };
}

const offers = (socket) => socket.said.filter(({ type }) => type === "offer");

test("nobody offers media while waiting", async () => {
  const { joins, peers } = take();
  const socket = await joins("waiting");
  assert.deepEqual(offers(socket), []);
  assert.equal(peers.length, 0);
});

test("whoever is let in offers once, whatever else is said", async () => {
  const { joins } = take();
  const socket = await joins("waiting");
  socket.hears(standing("live"));
  socket.hears(standing("live"));
  await settle();
  assert.deepEqual(offers(socket), [{ type: "offer", sdp: "offer of audio and video" }]);
});

test("audio and video are both offered without a camera", async () => {
  const { joins, peers } = take({ tracks: [{ kind: "audio" }] });
  await joins("live");
  assert.deepEqual(
    peers[0].transceivers.map(({ kind, init }) => [kind, init.direction]),
    [
      ["audio", "sendrecv"],
      ["video", "sendrecv"],
    ],
  );
});

const relay = (password) => ({ type: "relay", urls: ["turn:here"], username: "1:c", password, lifetime_s: 600 });
const servers = (password) => [{ urls: ["turn:here"], username: "1:c", credential: password }];

test("without a relay nothing is asked", async () => {
  const { joins, peers } = take();
  await joins("live");
  assert.deepEqual(peers[0].configuration.iceServers, []);
});

test("a connection may go through the relay that was told before it", async () => {
  const { joins, peers } = take();
  const socket = await joins("waiting");
  socket.hears(relay("first"));
  socket.hears(standing("live"));
  await settle();
  assert.deepEqual(peers[0].configuration.iceServers, servers("first"));
});

test("who joins again uses the pass that this brings", async () => {
  const { joins, peers, sockets, timers } = take();
  (await joins("waiting")).hears(relay("first"));
  sockets[0].hears(standing("live"));
  await settle();
  peers[0].becomes("failed");
  timers.advance(0);
  sockets[1].opens();
  sockets[1].hears({ type: "welcome", v: 1 });
  sockets[1].hears(relay("second"));
  sockets[1].hears(standing("live"));
  await settle();
  assert.deepEqual(peers[1].configuration.iceServers, servers("second"));
});

test("an answer connects, and media that flows is said", async () => {
  const { joins, peers, links } = take();
  const socket = await joins("live");
  socket.hears({ type: "answer", sdp: "yes" });
  await settle();
  peers[0].becomes("connected");
  assert.equal(peers[0].answered, "yes");
  assert.deepEqual(links, ["joined", "connecting", "connected"]);
});

for (const state of ["disconnected", "failed", "closed"]) {
  test(`media that is ${state} joins again with a new socket and a new connection`, async () => {
    const { joins, peers, sockets, links, timers } = take();
    await joins("live");
    peers[0].becomes("connected");
    peers[0].becomes(state);
    timers.advance(0);
    assert.equal(sockets.length, 2);
    const socket = await joins("live", "lost");
    assert.equal(offers(socket).length, 1);
    assert.deepEqual(
      peers.map(({ closed }) => closed),
      [true, false],
    );
    assert.deepEqual(links, ["joined", "connecting", "connected", "away", "joined", "connecting"]);
  });
}

test("media that falls silent joins again after two seconds, without waiting for the browser to call it lost", async () => {
  const { joins, peers, sockets, links, passes } = take();
  await joins("live");
  peers[0].becomes("connected");
  await passes(3000, { bytes: 100 });
  await passes(1500);
  assert.equal(sockets.length, 1);
  await passes(500);
  assert.equal(sockets.length, 2);
  assert.equal(links[links.length - 1], "away");
  assert.equal(peers[0].closed, false);
  const socket = await joins("live", "lost");
  assert.equal(offers(socket).length, 1);
});

test("a connection on which nothing ever came has not fallen silent", async () => {
  const { joins, peers, sockets, passes } = take();
  await joins("live");
  peers[0].becomes("connected");
  await passes(60000);
  assert.equal(sockets.length, 1);
});

test("media that comes again is used as it is: no new connection when the server hears it, too", async () => {
  const { joins, peers, sockets, links, passes } = take();
  await joins("live");
  peers[0].becomes("connected");
  await passes(3000, { bytes: 100 });
  await passes(8000, { away: true });
  assert.equal(links[links.length - 1], "away");
  await passes(500, { away: true, bytes: 100 });
  assert.equal(links[links.length - 1], "connected");
  const socket = await joins("live", "connected");
  assert.deepEqual(offers(socket), []);
  assert.equal(peers.length, 1);
  assert.ok(sockets.length > 2);
});

test("media that comes again has found a way: the try that waited for one is given up for a new one", async () => {
  const { joins, peers, sockets, passes } = take();
  await joins("live");
  peers[0].becomes("connected");
  await passes(3000, { bytes: 100 });
  await passes(3000, { away: true });
  const waited = sockets[sockets.length - 1];
  await passes(500, { away: true, bytes: 100 });
  assert.equal(waited.closedWith, 1000);
  assert.equal(sockets[sockets.length - 2], waited);
});

test("media that comes again only from the server is replaced", async () => {
  const { joins, peers, passes } = take();
  await joins("live");
  peers[0].becomes("connected");
  await passes(3000, { bytes: 100 });
  await passes(8000, { away: true });
  await passes(500, { away: true, bytes: 100 });
  assert.equal(offers(await joins("live", "lost")).length, 1);
  assert.equal(peers.length, 2);
});

test("a socket that drops alone disturbs no media, and nobody is told that it did", async () => {
  const { joins, peers, sockets, links, passes } = take();
  await joins("live");
  peers[0].becomes("connected");
  await passes(3000, { bytes: 100 });
  sockets[0].drops(1006);
  await passes(500, { bytes: 100 });
  const socket = await joins("live", "connected");
  assert.deepEqual(offers(socket), []);
  assert.deepEqual(links, ["joined", "connecting", "connected"]);
  await passes(3000);
  assert.equal(links[links.length - 1], "away");
});

test("a try of media that began while the network was away does not hold the next one back", async () => {
  const { joins, peers, sockets, passes } = take();
  const socket = await joins("live");
  assert.equal(offers(socket).length, 1);
  await passes(4000, { away: true });
  assert.equal(sockets.length, 2);
  assert.equal(offers(await joins("live", "present")).length, 1);
  assert.deepEqual(
    peers.map(({ closed }) => closed),
    [true, false],
  );
});

test("media that the server has lost is offered again on the same socket, and once", async () => {
  const { joins, peers, sockets, links, heard, timers } = take();
  const socket = await joins("waiting");
  socket.hears({ type: "offer_again" }); // not ours to heed: nothing was offered
  socket.hears(standing("live"));
  await settle();
  peers[0].becomes("connected");
  socket.hears({ type: "offer_again" });
  await settle();
  assert.deepEqual(
    peers.map(({ closed }) => closed),
    [true, false],
  );
  assert.equal(offers(socket).length, 2);
  timers.advance(0);
  assert.equal(sockets.length, 1);
  peers[1].becomes("connected");
  assert.deepEqual(links, ["joined", "connecting", "connected", "connecting", "connected"]);
  assert.deepEqual(
    heard.filter((each) => each === "failed"),
    ["failed"],
  );
});

test("a connection that never comes up is tried again, more slowly each time", async () => {
  const { joins, sockets, passes } = take();
  await joins("live");
  await passes(5000);
  assert.equal(sockets.length, 2);
  await joins("live");
  await passes(10500);
  assert.equal(sockets.length, 2);
  await passes(500);
  assert.equal(sockets.length, 3);
});

test("a new network is not waited for to fail", async () => {
  const { joins, sockets, seat, peers } = take();
  await joins("live");
  peers[0].becomes("connected");
  seat.networkChanged();
  assert.equal(sockets.length, 2);
  await joins("live");
  assert.deepEqual(
    peers.map(({ closed }) => closed),
    [true, false],
  );
});

test("the answer to a connection that was given up is ignored", async () => {
  const { joins, peers, timers } = take();
  await joins("live");
  peers[0].becomes("failed");
  timers.advance(0);
  const socket = await joins("waiting");
  socket.hears({ type: "answer", sdp: "late" });
  await settle();
  assert.equal(peers[0].answered, null);
});

test("a refused offer is made again: after admission, or after a new join", async () => {
  const { joins, sockets, timers } = take();
  const socket = await joins("live");
  socket.hears({ type: "refused", about: "offer", code: "not_admitted", reason: "" });
  socket.hears(standing("live"));
  await settle();
  assert.equal(offers(socket).length, 2);
  socket.hears({ type: "refused", about: "offer", code: "bad_offer", reason: "" });
  timers.advance(0);
  assert.equal(sockets.length, 2);
});

test("the end closes everything and is told with its receipt", async () => {
  const { joins, heard, peers, timers, sockets } = take();
  const socket = await joins("live");
  socket.hears({ type: "ended", receipt: RECEIPT });
  assert.equal(peers[0].closed, true);
  assert.equal(heard[heard.length - 1], "青山-1");
  timers.advance(3600000);
  assert.equal(sockets.length, 1);
});

test("an end that is not on file yet is an end all the same", async () => {
  const { joins, heard, peers } = take();
  const socket = await joins("live");
  socket.hears({ type: "ended", receipt: null });
  assert.equal(peers[0].closed, true);
  assert.equal(heard[heard.length - 1], null);
});

test("after an end the seat waits for its receipt through a drop, and offers nothing more", async () => {
  const { joins, heard, peers, sockets, timers } = take();
  (await joins("live")).hears({ type: "ended", receipt: null });
  sockets[0].drops(1001);
  timers.advance(2000);
  (await joins("live")).hears({ type: "ended", receipt: RECEIPT });
  assert.equal(peers.length, 1);
  assert.equal(heard[heard.length - 1], "青山-1");
});

test("another camera is sent on the connection that is there", async () => {
  const { joins, peers, seat } = take();
  await joins("live");
  const other = { kind: "video" };
  await seat.use(new FakeStream([other]));
  assert.deepEqual(
    peers[0].transceivers.map(({ sender }) => sender.track),
    [null, other],
  );
});

test("quality is the worse direction of the seconds between two readings", () => {
  const before = trafficOf([{ type: "inbound-rtp", packetsReceived: 100, packetsLost: 5 }]);
  const after = trafficOf([
    { type: "inbound-rtp", packetsReceived: 190, packetsLost: 15 },
    { type: "remote-inbound-rtp", fractionLost: 0.02 },
    { type: "candidate-pair", nominated: true, currentRoundTripTime: 0.0404, bytesReceived: 9 },
  ]);
  assert.deepEqual(qualityBetween(before, after), { loss: 0.1, rtt_ms: 40 });
});

test("duplicates never make the loss negative", () => {
  const before = trafficOf([{ type: "inbound-rtp", packetsReceived: 100, packetsLost: 5 }]);
  const after = trafficOf([
    { type: "inbound-rtp", packetsReceived: 200, packetsLost: -3 },
    { type: "candidate-pair", nominated: true, bytesReceived: 9 },
  ]);
  assert.deepEqual(qualityBetween(before, after), { loss: 0, rtt_ms: null });
});

test("when nothing arrives at all everything is lost", () => {
  const reading = trafficOf([{ type: "candidate-pair", nominated: true, bytesReceived: 9 }]);
  assert.equal(qualityBetween(reading, reading).loss, 1);
});

// The server judges by the same rows: tests/checkins/test_quality.py.
for (const { loss, rtt_ms, signal } of JSON.parse(readFileSync(new URL("signals.json", import.meta.url), "utf-8"))) {
  test(`${loss * 100} % loss at ${rtt_ms} ms is ${signal}`, () => assert.equal(signalOf({ loss, rtt_ms }), signal));
}

/** What a browser counts while so much of what it sends is lost. */
const losing = (fractionLost) =>
  ["audio", "video"].map((kind) => ({ type: "remote-inbound-rtp", kind, fractionLost }));

/** Time in which the server is heard. */
async function passes(timers, seconds, socket) {
  for (let half = 0; half < 2 * seconds; half += 1) {
    timers.advance(500);
    await settle();
    socket.hears({ type: "beat" });
  }
}

const mutes = (socket) =>
  socket.said.filter(({ type }) => type === "mute").map(({ sound, picture }) => [sound, picture]);

test("who puts out a microphone or a camera is said once, and what is as ever is not said", async () => {
  const { joins, seat } = take();
  const socket = await joins("live");
  assert.deepEqual(mutes(socket), []);
  seat.mute({ sound: true, picture: false });
  seat.mute({ sound: true, picture: true });
  socket.hears({ ...standing("live"), silenced: ["subject"] }); // on its way while the second was said
  assert.deepEqual(mutes(socket), [
    [true, false],
    [true, true],
  ]);
});

test("what was put out before the call is said as soon as there is one", async () => {
  const { joins, seat } = take();
  const socket = await joins("waiting");
  seat.mute({ sound: true, picture: false });
  assert.deepEqual(mutes(socket), []);
  socket.hears(standing("live"));
  assert.deepEqual(mutes(socket), [[true, false]]);
});

test("a page that comes back says what the server does not know, and nothing else", async () => {
  const { joins, sockets, seat } = take();
  const first = await joins("live");
  seat.mute({ sound: true, picture: false });
  first.readyState = 0;
  seat.mute({ sound: false, picture: true });
  seat.networkChanged();
  const last = sockets[sockets.length - 1];
  last.opens();
  last.hears({ type: "welcome", v: 1 });
  last.hears({ ...standing("live"), silenced: ["subject", "officer"] });
  assert.deepEqual(mutes(last), [[false, true]]);
  seat.networkChanged();
  const again = sockets[sockets.length - 1];
  again.opens();
  again.hears({ type: "welcome", v: 1 });
  again.hears({ ...standing("live"), silenced: ["officer"], hidden: ["subject"] });
  assert.deepEqual(mutes(again), []);
});

test("a page loaded anew has its microphone on, and says so", async () => {
  const { sockets } = take();
  const [socket] = sockets;
  socket.opens();
  socket.hears({ type: "welcome", v: 1 });
  socket.hears({ ...standing("live"), silenced: ["subject"] });
  await settle();
  assert.deepEqual(mutes(socket), [[false, false]]);
});

test("a network too slow for a picture pauses it, the server is told once, and it comes back", async () => {
  const { joins, peers, timers } = take();
  const socket = await joins("live");
  const said = () => socket.said.filter(({ type }) => type === "picture").map(({ paused }) => paused);
  const sent = () => peers[0].transceivers.map(({ sender }) => sender.getParameters().encodings[0].active);
  peers[0].becomes("connected");
  peers[0].getStats = async () => losing(0.3);
  await passes(timers, 20, socket);
  assert.deepEqual(said(), [true]);
  assert.deepEqual(sent(), [true, false]);
  peers[0].getStats = async () => losing(0);
  await passes(timers, 20, socket);
  assert.deepEqual(said(), [true, false]);
  assert.deepEqual(sent(), [true, true]);
});

test("a pause that could not be said is said when it can be", async () => {
  const { joins, peers, timers, sockets } = take();
  const socket = await joins("live");
  peers[0].becomes("connected");
  peers[0].getStats = async () => losing(0.3);
  socket.readyState = 0;
  await passes(timers, 9, socket);
  assert.deepEqual(
    sockets[0].said.filter(({ type }) => type === "picture"),
    [],
  );
  socket.readyState = 1;
  await passes(timers, 2, socket);
  assert.deepEqual(socket.said[socket.said.length - 1], { type: "picture", paused: true });
});

test("who puts the camera away in a pause has no camera, and not a slow network", async () => {
  const { joins, peers, timers, seat } = take();
  const socket = await joins("live");
  peers[0].becomes("connected");
  peers[0].getStats = async () => losing(0.3);
  await passes(timers, 9, socket);
  await seat.use(new FakeStream([{ kind: "audio" }]));
  await passes(timers, 3, socket);
  assert.deepEqual(
    socket.said.filter(({ type }) => type === "picture").map(({ paused }) => paused),
    [true, false],
  );
});

test("a browser that cannot pause its picture does not say that it has", async () => {
  const { joins, peers, timers } = take();
  const socket = await joins("live");
  peers[0].becomes("connected");
  peers[0].getStats = async () => losing(0.3);
  peers[0].transceivers[1].sender.setParameters = async () => Promise.reject(new Error("InvalidStateError"));
  await passes(timers, 20, socket);
  assert.deepEqual(
    socket.said.filter(({ type }) => type === "picture"),
    [],
  );
});

for (const tracks of [[{ kind: "video" }], [{ kind: "audio" }]]) {
  test(`with ${tracks[0].kind} alone there is nothing to pause it for`, async () => {
    const { joins, peers, timers } = take({ tracks });
    const socket = await joins("live");
    peers[0].becomes("connected");
    peers[0].getStats = async () => losing(0.9);
    await passes(timers, 20, socket);
    assert.equal(socket.said.filter(({ type }) => type === "picture").length, 0);
  });
}

test("how good the other side's connection is is handed on to the page", async () => {
  const { heard, joins } = take();
  (await joins("live")).hears({ type: "quality", signal: "weak", loss: 0.2, rtt_ms: null, kbit_s: 90 });
  assert.equal(heard[heard.length - 1], "their quality: weak");
});

test("what a call has come to so far is handed on to the page", async () => {
  const { heard, joins } = take();
  (await joins("live")).hears({ type: "so_far", stills: [], drops: [], notes: [{ at_s: 3, text: "周边安静" }] });
  assert.equal(heard[heard.length - 1], "周边安静");
});
