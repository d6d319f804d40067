// @ts-check
/** The wire client of docs/protocol.md: one seat's WebSocket, joined again after every drop. It knows no page. */

const VERSION = 1;
const BEAT_EVERY = 10000; // ms; the server hangs up after 30 s of silence
// A try whose packets are lost is not waited for: TCP asks again after 1 and 3 s, and then only after 7. So a network that
// is back is noticed within 2 s, and 40 s away take ten tries: Chromium holds further ones back by seconds.
const HEARD_WITHIN = { joining: 4000, joined: 2500 }; // ms; the server beats every second
const SLOW = { after: 10, ms: 10000 }; // tries in a row, and what each may take from then on: nothing quick helped
const BACKOFF = [500, 1000, 2000, 4000]; // ms; after a try that was turned away: a person in a call waits 4 s at most

/** What a close code asks of the page (docs/protocol.md); a code that is not here is a drop of the network. */
const FINAL = Object.freeze({
  1009: "mistake",
  4400: "mistake",
  4401: "no_session",
  4404: "not_found",
  4409: "elsewhere",
});
const AGAIN_AFTER = Object.freeze({ 1001: 2000, 4408: 0, 4429: 5000 });

/** @typedef {"mistake" | "no_session" | "not_found" | "elsewhere"} Why */
/** @typedef {{ setTimeout: (act: () => void, ms: number) => any, clearTimeout: (id: any) => void }} Timers */
/**
 * @typedef {object} Listener
 * @property {() => void} joined      the seat is ours, after the first join and after every later one
 * @property {() => void} away        the connection is gone; it is being joined again
 * @property {(message: any) => void} heard   everything the server says, but `welcome`
 * @property {(why: Why) => void} stopped     the server will not have us again
 */

/**
 * What to do after a close: the reason to stop, or how many milliseconds to wait before joining again.
 * @param {number} code @param {number} tries joins in a row that failed @param {number} chance from 0 to 1: spreads a crowd
 * @returns {{ stop: Why } | { again_in: number }}
 */
export function afterClose(code, tries, chance) {
  const stop = /** @type {Record<number, Why>} */ (FINAL)[code];
  if (stop) return { stop };
  const fixed = /** @type {Record<number, number>} */ (AGAIN_AFTER)[code];
  if (fixed !== undefined && tries === 0) return { again_in: fixed };
  return { again_in: BACKOFF[Math.min(tries, BACKOFF.length - 1)] * (0.75 + chance / 2) };
}

/** The secret that tells this page from every other one: 128 random bits. */
function newPage() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Signal {
  /**
   * @param {{ url: string, room: { check_in: string } | { lesson: string }, page?: string, listener: Listener, open?: (url: string) => WebSocket,
   *   timers?: Timers, chance?: () => number }} parts
   */
  constructor({
    url,
    room,
    page = newPage(),
    listener,
    open = (at) => new WebSocket(at),
    timers = globalThis,
    chance = Math.random,
  }) {
    this.url = url;
    this.room = room;
    this.page = page;
    this.listener = listener;
    this.open = open;
    this.timers = timers;
    this.chance = chance;
    /** @type {WebSocket | null} */
    this.socket = null;
    /** @type {"away" | "greeting" | "joining" | "joined" | "stopped"} */
    this.stage = "away";
    this.tries = 0;
    this.turn = 0;
    /** @type {any} */
    this.timer = null;
    /** @type {any} */
    this.watch = null;
  }

  /** Connects and joins; also the way to come back: a socket that is open or opening is given up for a new one. */
  join() {
    if (this.stage === "stopped") return;
    this.drop();
    this.stage = "greeting";
    const socket = this.open(this.url);
    this.socket = socket;
    this.watchOver();
    socket.onopen = () => {
      this.watchOver();
      this.send({ type: "hello", v: VERSION });
    };
    socket.onmessage = (event) => this.hear(JSON.parse(event.data));
    socket.onclose = (event) => this.closed(event.code);
  }

  /** Joins at once if we are waiting to: the network is back, or the person is looking again. */
  hurry() {
    if (this.stage === "away" && this.timer !== null) this.join();
  }

  /** Whether the message went out. Nothing is kept for later: what was not sent, its author must see as not sent.
   * @param {string} type @param {object} [fields] */
  say(type, fields = {}) {
    if (this.stage !== "joined" || !this.socket || this.socket.readyState !== 1) return false;
    this.send({ type, ...fields });
    return true;
  }

  /** Ends the conversation from our side; nothing is heard after it. */
  stop() {
    this.stage = "stopped";
    this.drop();
  }

  /** @private @param {object} message */
  send(message) {
    if (this.socket) this.socket.send(JSON.stringify(message));
  }

  /** @private @param {any} message */
  hear(message) {
    const isJoined = this.stage === "joining" && message.type === "standing";
    if (isJoined) {
      this.stage = "joined";
      this.tries = 0;
    }
    this.watchOver();
    if (message.type === "beat") return;
    if (message.type === "welcome") {
      this.stage = "joining";
      this.turn += 1;
      this.send({ type: "join", ...this.room, resume: { page: this.page, turn: this.turn } });
      this.beatLater();
      return;
    }
    if (isJoined) this.listener.joined();
    this.listener.heard(message);
  }

  /** @private @param {number} code */
  closed(code) {
    const wasJoined = this.stage === "joined";
    this.drop();
    const next = afterClose(code, this.tries, this.chance());
    if ("stop" in next) {
      this.stage = "stopped";
      this.listener.stopped(next.stop);
      return;
    }
    this.stage = "away";
    this.tries += 1;
    this.timer = this.timers.setTimeout(() => this.join(), next.again_in);
    if (wasJoined) this.listener.away();
  }

  /** From now on something has to be heard, or this socket leads nowhere: the next try begins at once. @private */
  watchOver() {
    this.timers.clearTimeout(this.watch);
    const joining = this.tries < SLOW.after ? HEARD_WITHIN.joining : SLOW.ms;
    const within = this.stage === "joined" ? HEARD_WITHIN.joined : joining;
    this.watch = this.timers.setTimeout(() => this.lost(), within);
  }

  /** @private */
  lost() {
    const wasJoined = this.stage === "joined";
    this.tries += 1;
    if (wasJoined) this.listener.away();
    this.join();
  }

  /** @private */
  beatLater() {
    this.timer = this.timers.setTimeout(() => {
      this.send({ type: "beat" });
      this.beatLater();
    }, BEAT_EVERY);
  }

  /** Lets go of the socket and the timers. A half-open socket can take minutes to close: we no longer listen. @private */
  drop() {
    this.timers.clearTimeout(this.timer);
    this.timers.clearTimeout(this.watch);
    this.timer = this.watch = null;
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close(1000);
  }
}
