// @ts-check
/** One person's seat in a lesson: signalling and up to three connections, kept joined through every drop. No page. */

import { Call } from "./call.js";
import { Signal } from "./signal.js";

const AGAIN_AFTER = [0, 1000, 2000, 4000, 8000]; // ms; after a connection broke so many times without connecting between
const NOTHING = new MediaStream();

/** @typedef {"own" | "screen" | "word"} Line */
/**
 * @typedef {{ state: string, place: number | null, live_s: number | null, you: string, teacher: string, here: number,
 *   of: number, word: number | null, sharing: boolean, hands: number, hand: number | null }} Standing
 */
/** @typedef {{ learners: { place: number, name: string, here: string }[], hands: number[] }} ClassNews */
/**
 * @typedef {object} Listener
 * @property {(standing: Standing) => void} standing
 * @property {() => void} link                      how we ourselves are connected has changed
 * @property {(line: Line, stream: MediaStream) => void} remote
 * @property {(quality: import("./call.js").Quality) => void} quality
 * @property {(filed: boolean) => void} over
 * @property {(why: import("./signal.js").Why) => void} stopped
 * @property {(news: ClassNews) => void} [inClass]  teachers only
 * @property {(refused: { about: string, code: string }) => void} [refused]
 */

export class LessonSeat {
  /** @param {{ teaches: boolean, lesson: string, stream: MediaStream, listener: Listener }} parts */
  constructor({ teaches, lesson, stream, listener }) {
    this.teaches = teaches;
    this.stream = stream;
    this.listener = listener;
    /** @type {import("./seat.js").Link} */
    this.link = "joining";
    /** @type {Standing | null} */
    this.standing = null;
    /** @type {MediaStream | null} */
    this.screen = null; // the teacher's own
    this.over = false;
    this.fresh = true; // joined, and not yet looked whether media survived
    this.signal = new Signal({
      url: signalAddress(teaches ? "teacher" : "learner"),
      room: { lesson },
      listener: {
        joined: () => {
          this.fresh = true;
          if (this.link !== "connected") this.become("joined");
        },
        away: () => {
          this.lines.forEach((line) => line.call.doubt());
          if (!this.lines.get("own")?.call.flows) this.become("away");
        },
        heard: (message) => this.heard(message),
        stopped: (why) => {
          this.finish("stopped");
          listener.stopped(why);
        },
      },
    });
    /** @type {Map<Line, Connection>} */
    this.lines = new Map();
    for (const name of /** @type {Line[]} */ (["own", "screen", "word"])) this.lines.set(name, new Connection(this, name));
  }

  join() {
    this.signal.join();
  }

  hurry() {
    this.signal.hurry();
  }

  /** The network under us is another one: what is open goes nowhere any more. */
  networkChanged() {
    if (this.link !== "stopped" && this.link !== "ended") this.rejoin();
  }

  /** @param {MediaStream} stream */
  use(stream) {
    this.stream = stream;
    return this.line("own").call.use(stream);
  }

  /** @param {string} type @param {object} [fields] */
  say(type, fields = {}) {
    return this.signal.say(type, fields);
  }

  /** Shows this screen to everybody, or none. @param {MediaStream | null} screen */
  share(screen) {
    this.screen = screen;
    if (!screen) this.line("screen").close();
    return this.signal.say("share", { on: screen !== null });
  }

  leave() {
    this.signal.say("leave");
    this.finish("stopped");
  }

  /** @param {Line} name @returns {Connection} */
  line(name) {
    return /** @type {Connection} */ (this.lines.get(name));
  }

  /** Which connections there have to be, as things stand. @param {Line} name */
  wants(name) {
    const { standing } = this;
    if (this.over || !standing || standing.state !== "open") return false;
    if (name === "own") return true;
    if (name === "screen") return standing.sharing && (!this.teaches || this.screen !== null);
    return !this.teaches && standing.word !== null && standing.word !== standing.place;
  }

  /** @param {Line} name */
  streamOf(name) {
    if (name === "own") return this.stream;
    return this.teaches && name === "screen" && this.screen ? this.screen : NOTHING;
  }

  rejoin() {
    this.lines.forEach((line) => line.call.doubt());
    this.signal.join();
  }

  /** @private @param {any} message */
  heard(message) {
    switch (message.type) {
      case "relay":
        this.lines.forEach((line) => line.call.relayThrough(message));
        break;
      case "standing":
        this.standing = message;
        this.bring(message);
        this.listener.standing(message);
        break;
      case "class":
        if (this.listener.inClass) this.listener.inClass(message);
        break;
      case "answer":
        this.line(message.line).call.answer(message.sdp);
        break;
      case "offer_again":
        if (this.wants(message.line)) this.line(message.line).open();
        break;
      case "refused":
        if (message.about === "offer") this.line(message.line).refused();
        if (this.listener.refused) this.listener.refused(message);
        break;
      case "over":
        this.over = true;
        this.lines.forEach((line) => line.close());
        if (message.filed) this.finish("ended");
        else this.become("ended");
        this.listener.over(message.filed);
        break;
    }
  }

  /** Media that survived a drop goes on; what is missing is offered, what nobody needs is closed. @private
   * @param {Standing} standing */
  async bring(standing) {
    const { fresh } = this;
    this.fresh = false;
    for (const [name, line] of this.lines) {
      if (!this.wants(name)) line.close();
      else if (!line.isOpen) line.open();
      else if (fresh && !((await line.call.stillFlows()) && (name !== "own" || standing.you === "connected")))
        if (this.wants(name)) line.open();
    }
    if (this.line("own").call.flows) this.become("connected");
  }

  /** @param {import("./seat.js").Link} link */
  become(link) {
    if (link === this.link) return;
    this.link = link;
    this.listener.link();
  }

  /** @private @param {"stopped" | "ended"} link */
  finish(link) {
    this.over = true;
    this.signal.stop();
    this.lines.forEach((line) => line.close());
    this.become(link);
  }
}

/** One of a person's connections. */
class Connection {
  /** @param {LessonSeat} seat @param {Line} name */
  constructor(seat, name) {
    this.seat = seat;
    this.name = name;
    this.isOpen = false;
    this.breaks = 0;
    /** @type {any} */
    this.timer = null;
    this.call = new Call({
      listener: {
        offer: (sdp) => seat.say("offer", { line: name, sdp }),
        remote: (stream) => seat.listener.remote(name, stream),
        connected: () => {
          this.breaks = 0;
          if (name !== "own") return;
          seat.signal.hurry();
          seat.become("connected");
        },
        silent: () => this.silent(),
        broken: () => this.broken(),
        quality: (quality) => name === "own" && seat.listener.quality(quality),
        picture: () => undefined,
      },
    });
  }

  open() {
    clearTimeout(this.timer);
    this.isOpen = true;
    if (this.name === "own" && this.seat.link !== "connected") this.seat.become("connecting");
    this.call.connect(this.seat.streamOf(this.name), this.breaks > 0);
  }

  close() {
    clearTimeout(this.timer);
    this.isOpen = false;
    this.call.close();
  }

  refused() {
    this.call.close();
    this.broken();
  }

  /** @private */
  silent() {
    if (this.name !== "own") return; // the person's own connection says how the network is
    this.seat.become("away");
    if (this.seat.signal.stage === "joined") this.seat.rejoin();
    else this.seat.signal.hurry();
  }

  /** @private */
  broken() {
    this.isOpen = false;
    if (this.name === "own") this.seat.become("away");
    const again_in = AGAIN_AFTER[Math.min(this.breaks, AGAIN_AFTER.length - 1)];
    this.breaks += 1;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (this.seat.signal.stage !== "joined") this.seat.signal.hurry();
      else if (this.seat.wants(this.name) && !this.isOpen) this.open();
    }, again_in);
  }
}

/** Where the server listens for this page. @param {"teacher" | "learner"} seat */
function signalAddress(seat) {
  const address = new URL(`/signal/lesson?seat=${seat}`, location.href);
  address.protocol = address.protocol.replace("http", "ws");
  return address.href;
}
