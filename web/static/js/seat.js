// @ts-check
/** One person's seat in a check-in: signalling and media together, kept joined through every drop. It knows no page. */

import { Call } from "./call.js";
import { Signal } from "./signal.js";

const MEDIA_STATES = ["live", "interrupted"];
const AGAIN_AFTER = [0, 1000, 2000, 4000, 8000]; // ms; after media broke so many times without connecting between

/** @typedef {import("./signal.js").Why} Why */
/** @typedef {"joining" | "joined" | "connecting" | "connected" | "away" | "stopped" | "ended"} Link */
/**
 * @typedef {{ state: string, ahead: number, subject: string, officer: string, live_s: number | null,
 *   paused: string[], silenced: string[], hidden: string[], unshown: string[] }} Standing
 *   `paused`: the seats whose network is too slow for a picture; `silenced` and `hidden`: those whose person keeps the
 *   microphone silent or the camera dark; `unshown`: those whose picture the other one's browser cannot show
 */
/** @typedef {{ code: string, started_at: string, ended_at: string, officer: string, unit: string, gap_s: number }} Receipt */
/**
 * @typedef {{ state: string, verdict: string | null, at_s: number | null, reasons: string[], usable: number, stills: number,
 *   engine: string }} Identity
 */
/**
 * @typedef {{ stills: { at_s: number, verdict: string, reasons: string[] }[],
 *   drops: { from_s: number, to_s: number | null, cause: string }[],
 *   pauses: { from_s: number, to_s: number | null }[], notes: { at_s: number, text: string }[] }} SoFar
 */
/**
 * @typedef {{ signal: "good" | "fair" | "weak", loss: number, rtt_ms: number | null, kbit_s: number }} TheirQuality
 */
/**
 * @typedef {object} Listener
 * @property {(standing: Standing) => void} standing
 * @property {(link: Link) => void} link          how we ourselves are connected
 * @property {(stream: MediaStream) => void} remote
 * @property {(quality: import("./call.js").Quality) => void} quality
 * @property {(receipt: Receipt | null) => void} ended   null: it is over, and not on file yet
 * @property {(why: Why) => void} stopped
 * @property {(news: Identity) => void} [identity]     officers only
 * @property {(quality: TheirQuality) => void} [theirQuality]   officers only; as the server measures it
 * @property {(soFar: SoFar) => void} [soFar]          officers only; after joining a call that goes on
 * @property {() => void} [failed]                     the server has lost our media itself; it is offered anew
 * @property {(refused: { about: string, code: string }) => void} [refused]
 */

export class Seat {
  /**
   * @param {{ place: "subject" | "officer", checkIn: string, stream: MediaStream, listener: Listener,
   *   url?: string, timers?: import("./signal.js").Timers, open?: (url: string) => WebSocket,
   *   openPeer?: (configuration: RTCConfiguration) => RTCPeerConnection, chance?: () => number }} parts
   */
  constructor({
    place,
    checkIn,
    stream,
    listener,
    url = signalAddress(place),
    timers = globalThis,
    open,
    openPeer,
    chance,
  }) {
    this.place = place;
    this.stream = stream;
    this.listener = listener;
    this.timers = timers;
    this.breaks = 0;
    /** @type {any} */
    this.timer = null;
    /** @type {Link} */
    this.link = "joining";
    this.signal = new Signal({
      url,
      room: { check_in: checkIn },
      open,
      chance,
      timers,
      listener: {
        joined: () => this.joined(),
        away: () => {
          this.call.doubt();
          if (!this.call.flows) this.become("away");
        },
        heard: (message) => this.heard(message),
        stopped: (why) => {
          this.finish("stopped");
          listener.stopped(why);
        },
      },
    });
    this.call = new Call({
      open: openPeer,
      timers,
      listener: {
        offer: (sdp) => this.signal.say("offer", { sdp }),
        remote: listener.remote,
        connected: () => {
          this.breaks = 0;
          // Whatever comes has found a way: a try that has waited for one since before is too late by seconds.
          if (this.link === "away" && this.signal.stage === "greeting") this.signal.join();
          else this.signal.hurry();
          this.become("connected");
        },
        silent: () => this.silent(),
        broken: () => this.broken(),
        quality: listener.quality,
        picture: (paused) => this.pause(paused),
      },
    });
    this.offering = false;
    this.mutes = { sound: false, picture: false };
    /** @type {boolean | null} */
    this.paused = false; // as far as the server knows
    this.over = false;
    this.turn = 0;
  }

  join() {
    this.signal.join();
  }

  /** Comes back at once when it is away: the person is looking, or the network said that it is back. */
  hurry() {
    this.signal.hurry();
  }

  /** The network under us is another one: what is open goes nowhere any more. */
  networkChanged() {
    if (this.link === "stopped") return;
    this.breaks = 0;
    this.rejoin();
  }

  /** @param {MediaStream} stream */
  use(stream) {
    this.stream = stream;
    return this.call.use(stream);
  }

  /** What the person keeps silent and dark, by the page's own buttons. @param {{ sound: boolean, picture: boolean }} mutes */
  mute(mutes) {
    this.mutes = mutes;
    if (this.offering) this.signal.say("mute", mutes); // before there is a call, and after a drop, correct() says it
  }

  /** Whether the words went out. @param {string} text */
  note(text) {
    return this.signal.say("note", { text });
  }

  admit() {
    return this.signal.say("admit");
  }

  end() {
    return this.signal.say("end");
  }

  leave() {
    this.signal.say("leave");
    this.finish("stopped");
  }

  /** @private */
  joined() {
    this.paused = null; // what was said last may never have arrived
    this.offering = false;
    if (this.link !== "connected") this.become("joined");
  }

  /** Says again what the server does not know of our buttons: a page has joined, or come back. @private
   * @param {Standing} standing */
  correct(standing) {
    const { sound, picture } = this.mutes;
    const known = standing.silenced.includes(this.place) === sound && standing.hidden.includes(this.place) === picture;
    if (!known) this.mute(this.mutes);
  }

  /** Media that survived goes on; else a new connection is offered. @private @param {Standing} standing */
  async bring(standing) {
    this.offering = true;
    this.turn += 1;
    const { turn } = this;
    const survived = (await this.call.stillFlows()) && standing[this.place] === "connected";
    if (turn !== this.turn || this.over || !this.offering) return; // joined anew, or over, meanwhile
    if (survived) {
      this.become("connected");
      return;
    }
    await this.offer(this.breaks > 0);
  }

  /** @private @param {boolean} again  whether the last one broke */
  offer(again) {
    this.become("connecting");
    this.paused = false; // a new connection begins with a picture
    return this.call.connect(this.stream, again);
  }

  /** @private @param {any} message */
  heard(message) {
    switch (message.type) {
      case "relay":
        this.call.relayThrough(message); // with every standing that lets media begin: the newest is the one that opens
        break;
      case "standing":
        if (MEDIA_STATES.includes(message.state) && !this.offering && !this.over) {
          this.bring(message);
          this.correct(message);
        }
        this.listener.standing(message);
        break;
      case "answer":
        this.call.answer(message.sdp);
        break;
      case "offer_again":
        if (!this.offering) break; // we have none, or offer it anyway as soon as we have joined
        if (this.listener.failed) this.listener.failed();
        this.timers.clearTimeout(this.timer);
        this.turn += 1; // whoever still asks whether the old connection flows need not offer any more
        this.offer(false);
        break;
      case "identity":
        if (this.listener.identity) this.listener.identity(message);
        break;
      case "quality":
        if (this.listener.theirQuality) this.listener.theirQuality(message);
        break;
      case "so_far":
        if (this.listener.soFar) this.listener.soFar(message);
        break;
      case "refused":
        if (message.about === "offer") this.offerRefused(message.code);
        if (this.listener.refused) this.listener.refused(message);
        break;
      case "ended":
        if (message.receipt) this.finish("ended");
        else this.hangUp(); // a second `ended` brings the receipt
        this.listener.ended(message.receipt);
        break;
    }
  }

  /** @private @param {string} code */
  offerRefused(code) {
    if (code === "not_admitted") {
      this.call.close();
      this.offering = false; // the next standing that says live asks for a new one
    } else {
      this.call.close();
      this.broken();
    }
  }

  /** Nothing comes any more. What comes first counts: it comes again, or the seat is joined anew. @private */
  silent() {
    if (this.link !== "connected") return;
    this.become("away");
    if (this.signal.stage === "joined") this.rejoin();
    else this.signal.hurry();
  }

  /** A new socket at once; media stays until it is known whether it still flows. @private */
  rejoin() {
    this.timers.clearTimeout(this.timer);
    this.call.doubt();
    this.signal.join();
  }

  /** @private */
  broken() {
    this.become("away");
    if (this.signal.stage !== "joined") {
      this.signal.hurry();
      return; // it is being joined again already, and whoever joins without media offers anew
    }
    const again_in = AGAIN_AFTER[Math.min(this.breaks, AGAIN_AFTER.length - 1)];
    this.breaks += 1;
    this.timers.clearTimeout(this.timer);
    this.timer = this.timers.setTimeout(() => this.rejoin(), again_in);
  }

  /** Tells the server whether our network is too slow for a picture; what does not go out is said again. @private
   * @param {boolean} paused */
  pause(paused) {
    if (paused !== this.paused && this.signal.say("picture", { paused })) this.paused = paused;
  }

  /** @private @param {Link} link */
  become(link) {
    if (link === this.link) return;
    this.link = link;
    this.listener.link(link);
  }

  /** @private */
  hangUp() {
    this.over = true;
    this.timers.clearTimeout(this.timer);
    this.call.close();
    this.become("ended");
  }

  /** @private @param {"stopped" | "ended"} link */
  finish(link) {
    this.timers.clearTimeout(this.timer);
    this.signal.stop();
    this.call.close();
    this.become(link);
  }
}

/** Where the server listens for this page; one browser may be signed in as both, in two windows.
 * @param {"subject" | "officer"} seat */
function signalAddress(seat) {
  const address = new URL(`/signal?seat=${seat}`, location.href);
  address.protocol = address.protocol.replace("http", "ws");
  return address.href;
}

/** Calls `act` when the network under the page has become another one: connections that are open go nowhere.
 * @param {() => void} act */
export function whenNetworkChanges(act) {
  window.addEventListener("online", act);
  const connection = /** @type {any} */ (navigator).connection;
  let former = connection && connection.type;
  if (!former) return;
  connection.addEventListener("change", () => {
    // The same event also tells of every new estimate of the speed; only another kind of network is a change.
    if (connection.type === former || connection.type === "none") return;
    former = connection.type;
    act();
  });
}
