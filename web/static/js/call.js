// @ts-check
/** One browser's media: offers once, on a new RTCPeerConnection for every try, and says when it broke. It knows no page. */

import { FRESH, afterReading, uplinkOf } from "./uplink.js";

const CONNECT_WITHIN = { first: 5000, later: 10000 }; // ms; a handshake takes under one second, on a bad network some
const LOOK_EVERY = 500; // ms
const SILENT_AFTER = 4; // looks at which nothing new had come: 2 s, and the server reports every second
const QUALITY_EVERY = 4; // looks

/** @typedef {{ loss: number, rtt_ms: number | null }} Quality  loss from 0 to 1, the worse of both directions */
/**
 * @typedef {object} Listener
 * @property {(sdp: string) => void} offer      to be sent to the server, which answers
 * @property {(stream: MediaStream) => void} remote   the other person, as soon as there is a track
 * @property {() => void} connected
 * @property {() => void} silent                nothing has come for 2 s; it may be heard again
 * @property {() => void} broken                this connection is of no more use: join again
 * @property {(quality: Quality) => void} quality
 * @property {(paused: boolean) => void} picture   said again and again: whether our network is too slow for one
 */

export class Call {
  /**
   * @param {{ listener: Listener, open?: (configuration: RTCConfiguration) => RTCPeerConnection,
   *   timers?: import("./signal.js").Timers }} parts
   */
  constructor({ listener, open = (configuration) => new RTCPeerConnection(configuration), timers = globalThis }) {
    /** @type {RTCIceServer[]} */
    this.relays = [];
    this.listener = listener;
    this.open = open;
    this.timers = timers;
    /** @type {RTCPeerConnection | null} */
    this.peer = null;
    /** @type {any} */
    this.timer = null;
    /** @type {Traffic | null} */
    this.traffic = null;
    this.uplink = FRESH;
    this.bytes = 0; // of all that came on this connection, at the last look
    this.looking = false;
    this.looks = 0;
    this.quiet = 0; // looks in a row at which nothing new had come
    /** @type {Promise<Traffic> | null} */
    this.doubted = null;
  }

  /** Whether media came until a moment ago. */
  get flows() {
    return this.peer !== null && this.peer.connectionState === "connected" && this.bytes > 0 && this.quiet < SILENT_AFTER;
  }

  /** From now on only what comes later proves that this connection still carries anything. */
  doubt() {
    if (this.peer && !this.doubted) this.doubted = this.peer.getStats().then(trafficOf);
  }

  /** Whether something has come since the doubt began; it ends here. */
  async stillFlows() {
    const { peer, doubted } = this;
    this.doubted = null;
    if (!peer || !doubted || peer.connectionState !== "connected") return false;
    const before = await doubted;
    const now = trafficOf(await peer.getStats());
    return peer === this.peer && now.bytes > before.bytes;
  }

  /** Relays for the next connection, where the network lets no other way through.
   * @param {{ urls: string[], username: string, password: string }} relay */
  relayThrough({ urls, username, password }) {
    this.relays = [{ urls, username, credential: password }];
  }

  /**
   * Opens a new connection with what `stream` has and offers it; a former connection is given up.
   * Both sections are there and sendrecv even without a camera, so that forwarding starts without renegotiation.
   * @param {MediaStream} stream @param {boolean} [failed] whether the last one did not come up: this one gets longer
   */
  async connect(stream, failed = false) {
    this.close();
    const peer = this.open({ iceServers: this.relays, bundlePolicy: "max-bundle" });
    this.peer = peer;
    const received = new MediaStream();
    for (const kind of /** @type {const} */ (["audio", "video"])) {
      const [track] = stream.getTracks().filter((each) => each.kind === kind);
      peer.addTransceiver(track || kind, { direction: "sendrecv", streams: [stream] });
    }
    peer.ontrack = ({ track }) => {
      received.addTrack(track);
      this.listener.remote(received);
    };
    peer.onconnectionstatechange = () => this.changed(peer);
    const within = failed ? CONNECT_WITHIN.later : CONNECT_WITHIN.first;
    this.timer = this.timers.setTimeout(() => this.breakOff(), within);
    await peer.setLocalDescription(await peer.createOffer());
    // Nothing is trickled and we wait for no candidate: the server learns our address from our own first packet.
    if (peer === this.peer && peer.localDescription) this.listener.offer(peer.localDescription.sdp);
  }

  /** @param {string} sdp */
  async answer(sdp) {
    const peer = this.peer;
    if (!peer || peer.signalingState !== "have-local-offer") return; // the answer to a connection given up
    await peer.setRemoteDescription({ type: "answer", sdp });
  }

  /** Sends these tracks from now on, without a new offer: another camera, or another microphone.
   * @param {MediaStream} stream */
  async use(stream) {
    if (!this.peer) return;
    for (const { sender, receiver } of this.peer.getTransceivers()) {
      const [track] = stream.getTracks().filter((each) => each.kind === receiver.track.kind);
      await sender.replaceTrack(track || null);
    }
  }

  close() {
    this.timers.clearTimeout(this.timer);
    this.timer = null;
    this.uplink = FRESH;
    this.traffic = this.doubted = null;
    this.bytes = this.looks = this.quiet = 0;
    this.looking = false;
    const peer = this.peer;
    this.peer = null;
    if (!peer) return;
    peer.ontrack = peer.onconnectionstatechange = null;
    peer.close();
  }

  /** @private @param {RTCPeerConnection} peer */
  changed(peer) {
    if (peer.connectionState === "connected") {
      if (!this.looking) {
        this.looking = true;
        this.timers.clearTimeout(this.timer);
        this.lookLater(peer);
      }
      this.listener.connected();
    } else if (peer.connectionState === "disconnected") {
      this.listener.silent();
    } else if (peer.connectionState === "failed" || peer.connectionState === "closed") {
      this.breakOff();
    }
  }

  /** @private */
  breakOff() {
    this.close();
    this.listener.broken();
  }

  /** @private @param {RTCPeerConnection} peer */
  lookLater(peer) {
    this.timer = this.timers.setTimeout(async () => {
      const reports = await peer.getStats();
      const now = trafficOf(reports);
      if (peer !== this.peer) return;
      this.listen(now);
      if (this.looks % QUALITY_EVERY === 0) {
        if (this.traffic) this.listener.quality(qualityBetween(this.traffic, now));
        this.traffic = now;
        await this.weigh(peer, uplinkOf(reports));
        if (peer !== this.peer) return;
      }
      this.looks += 1;
      this.lookLater(peer);
    }, LOOK_EVERY);
  }

  /** Tells silence, and its end. @private @param {Traffic} now */
  listen({ bytes }) {
    const heard = bytes > this.bytes;
    const wasSilent = this.quiet >= SILENT_AFTER;
    this.quiet = heard || bytes === 0 ? 0 : this.quiet + 1; // what has never sent anything has not fallen silent
    this.bytes = bytes;
    if (this.quiet === SILENT_AFTER) this.listener.silent();
    else if (wasSilent && heard) this.listener.connected();
  }

  /** Sends a picture, or only sound where our network carries no more. @private
   * @param {RTCPeerConnection} peer @param {import("./uplink.js").Reading} reading */
  async weigh(peer, reading) {
    const [audio, video] = ["audio", "video"].map((kind) => {
      const [found] = peer.getTransceivers().filter(({ receiver }) => receiver.track.kind === kind);
      return found.sender;
    });
    const former = this.uplink;
    // Else there is no picture to pause, or no sound to go on with.
    const next = audio.track && video.track ? afterReading(former, reading) : FRESH;
    if (next.carries !== former.carries && !(await sends(video, next.carries))) return; // the next reading tries again
    if (peer !== this.peer) return;
    this.uplink = next;
    this.listener.picture(!next.carries);
  }
}

/** Sends, or sends nothing, without a new offer; false where the browser could not. @param {RTCRtpSender} sender
 * @param {boolean} active */
async function sends(sender, active) {
  try {
    const parameters = sender.getParameters();
    for (const encoding of parameters.encodings) encoding.active = active;
    await sender.setParameters(parameters);
    return true;
  } catch {
    return false; // closed meanwhile
  }
}

/** @typedef {{ received: number, lost: number, sent_loss: number, bytes: number, rtt_s: number | null }} Traffic  `bytes`: of all kinds */

/**
 * What the counters of one connection say so far.
 * @param {{ forEach: (each: (report: any) => void) => void }} reports
 * @returns {Traffic}
 */
export function trafficOf(reports) {
  const traffic = { received: 0, lost: 0, sent_loss: 0, bytes: 0, rtt_s: /** @type {number | null} */ (null) };
  reports.forEach((report) => {
    if (report.type === "inbound-rtp") {
      traffic.received += report.packetsReceived || 0;
      traffic.lost += Math.max(0, report.packetsLost || 0); // RFC 3550 §6.4.1: duplicates make it negative
    } else if (report.type === "remote-inbound-rtp") {
      traffic.sent_loss = Math.max(traffic.sent_loss, report.fractionLost || 0);
    } else if (report.type === "candidate-pair" && report.nominated) {
      traffic.bytes += report.bytesReceived || 0;
      if (report.currentRoundTripTime !== undefined) traffic.rtt_s = report.currentRoundTripTime;
    }
  });
  return traffic;
}

/**
 * The quality of the seconds between two readings.
 * @param {Traffic} before @param {Traffic} after
 * @returns {Quality}
 */
export function qualityBetween(before, after) {
  const received = after.received - before.received;
  const lost = Math.max(0, after.lost - before.lost);
  const heard_loss = lost === 0 ? 0 : lost / (lost + Math.max(0, received));
  // The server reports every second: when not one byte came, nothing arrives at all.
  const nothing = after.bytes === before.bytes;
  return {
    loss: nothing ? 1 : Math.max(heard_loss, after.sent_loss),
    rtt_ms: after.rtt_s === null ? null : Math.round(after.rtt_s * 1000),
  };
}

const FAIR = { loss: 0.03, rtt_ms: 400 }; // above it speech begins to break; ITU-T G.114 puts comfort at 400 ms one way
const WEAK = { loss: 0.1, rtt_ms: 1000 };

/** @param {Quality} quality @returns {"good" | "fair" | "weak"} */
export function signalOf({ loss, rtt_ms }) {
  if (loss >= WEAK.loss || (rtt_ms || 0) >= WEAK.rtt_ms) return "weak";
  if (loss >= FAIR.loss || (rtt_ms || 0) >= FAIR.rtt_ms) return "fair";
  return "good";
}
