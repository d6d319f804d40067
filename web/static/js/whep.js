// @ts-check
/** Watching by WHEP: offers, puts the answer to use, and says when it flows, when it is refused and when it is over. */

const GATHER_MS = 1000; // what has not been found by then is not needed: our own checks tell the server where we are

/**
 * @typedef {object} Listener
 * @property {(stream: MediaStream) => void} stream
 * @property {() => void} connected
 * @property {() => void} broken            it is to be begun again
 */

/** A refusal, with the server's status and the seconds after which to come back. */
export class Refused extends Error {
  /** @param {number} status @param {number} retryAfterS */
  constructor(status, retryAfterS) {
    super(`answered ${status}`);
    this.status = status;
    this.retryAfterS = retryAfterS;
  }
}

export class Viewing {
  /** @param {string} endpoint @param {Listener} listener
   * @param {() => RTCPeerConnection} [open] @param {typeof fetch} [ask] */
  constructor(endpoint, listener, open = () => new RTCPeerConnection(), ask = (...asked) => fetch(...asked)) {
    this.endpoint = endpoint;
    this.listener = listener;
    this.ask = ask;
    this.peer = open();
    this.session = "";
    this.over = false;
    const stream = new MediaStream();
    this.peer.addEventListener("track", ({ track }) => {
      stream.addTrack(track);
      listener.stream(stream);
    });
    this.peer.addEventListener("connectionstatechange", () => {
      if (this.over) return;
      if (this.peer.connectionState === "connected") listener.connected();
      if (["failed", "closed"].includes(this.peer.connectionState)) listener.broken();
    });
  }

  /** Offers; Refused, or what fetch throws while the network is away. */
  async begin() {
    for (const kind of ["audio", "video"]) this.peer.addTransceiver(kind, { direction: "recvonly" });
    await this.peer.setLocalDescription(await this.peer.createOffer());
    await gathered(this.peer);
    const offer = this.peer.localDescription ? this.peer.localDescription.sdp : "";
    const reply = await this.ask(this.endpoint, {
      method: "POST",
      headers: { "Content-Type": "application/sdp", Accept: "application/sdp, application/problem+json" },
      body: offer,
    });
    if (reply.status !== 201) throw new Refused(reply.status, Number(reply.headers.get("Retry-After")) || 0);
    this.session = reply.headers.get("Location") || "";
    const answer = await reply.text();
    if (this.over) this.leave();
    else await this.peer.setRemoteDescription({ type: "answer", sdp: answer });
  }

  /** No more; the server is told, also from a page that is closing. */
  end() {
    if (this.over) return;
    this.over = true;
    this.peer.close();
    this.leave();
  }

  leave() {
    const { session } = this;
    this.session = "";
    if (session) this.ask(session, { method: "DELETE", keepalive: true }).catch(() => {});
  }
}

/** @param {RTCPeerConnection} peer @returns {Promise<void>} */
function gathered(peer) {
  return new Promise((done) => {
    if (peer.iceGatheringState === "complete") return done();
    const timer = setTimeout(done, GATHER_MS);
    peer.addEventListener("icegatheringstatechange", () => {
      if (peer.iceGatheringState !== "complete") return;
      clearTimeout(timer);
      done();
    });
  });
}
