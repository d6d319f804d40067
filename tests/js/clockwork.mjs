/** Support: a clock that only moves when told, and a WebSocket and a peer connection that only do what they are told. */

export class Clockwork {
  constructor() {
    this.now = 0;
    this.due = new Map();
    this.next = 1;
  }
  setTimeout(act, ms) {
    this.due.set(this.next, { act, at: this.now + ms });
    return this.next++;
  }
  clearTimeout(id) {
    this.due.delete(id);
  }
  advance(ms) {
    const until = this.now + ms;
    for (;;) {
      const [first] = [...this.due.entries()].filter(([, { at }]) => at <= until).sort((a, b) => a[1].at - b[1].at);
      if (!first) break;
      const [id, { act, at }] = first;
      this.due.delete(id);
      this.now = at;
      act();
    }
    this.now = until;
  }
}

export class FakeSocket {
  constructor(url) {
    this.url = url;
    this.readyState = 0;
    this.said = [];
    this.closedWith = null;
  }
  send(text) {
    this.said.push(JSON.parse(text));
  }
  close(code) {
    this.readyState = 3;
    this.closedWith = code;
  }
  opens() {
    this.readyState = 1;
    this.onopen();
  }
  hears(message) {
    this.onmessage({ data: JSON.stringify(message) });
  }
  drops(code) {
    this.readyState = 3;
    this.onclose({ code });
  }
}

export class FakePeer {
  constructor(configuration) {
    this.configuration = configuration;
    this.transceivers = [];
    this.connectionState = "new";
    this.signalingState = "stable";
    this.localDescription = null;
    this.answered = null;
    this.closed = false;
    this.bytes = 0;
  }
  addTransceiver(track, init) {
    const kind = typeof track === "string" ? track : track.kind;
    const parameters = { encodings: [{ active: true }] };
    const sender = {
      track: typeof track === "string" ? null : track,
      replaceTrack: async (next) => void (sender.track = next),
      getParameters: () => structuredClone(parameters),
      setParameters: async ({ encodings }) => void (parameters.encodings = encodings),
    };
    this.transceivers.push({ kind, init, sender, receiver: { track: { kind } } });
  }
  getTransceivers() {
    return this.transceivers;
  }
  async createOffer() {
    return { type: "offer", sdp: `offer of ${this.transceivers.map(({ kind }) => kind).join(" and ")}` };
  }
  async setLocalDescription(description) {
    this.localDescription = description;
    this.signalingState = "have-local-offer";
  }
  async setRemoteDescription({ sdp }) {
    this.answered = sdp;
    this.signalingState = "stable";
  }
  async getStats() {
    return [{ type: "candidate-pair", nominated: true, bytesReceived: this.bytes }];
  }
  becomes(state) {
    this.connectionState = state;
    this.onconnectionstatechange();
  }
  close() {
    this.closed = true;
    this.signalingState = "closed";
  }
}

/** The browser's MediaStream, as far as our modules use it without a page. */
export class FakeStream {
  constructor(tracks = []) {
    this.tracks = [...tracks];
  }
  getTracks() {
    return this.tracks;
  }
  addTrack(track) {
    this.tracks.push(track);
  }
}

/** Lets the promises that are waiting go on. */
export async function settle() {
  for (let i = 0; i < 10; i += 1) await Promise.resolve();
}
