// @ts-check
/** <fw-lesson>: a learner's one page, from device check through waiting and the lesson to its end. */

import { adviceSentence, troubleSentences } from "./advice.js";
import { signalOf } from "./call.js";
import { dial } from "./clock.js";
import { DeviceWatch } from "./device_watch.js";
import { ScreenLight, browserFamily, ring } from "./devices.js";
import { asked, part, playAloud, write } from "./dom.js";
import { LessonSeat } from "./lesson_seat.js";
import { OwnMedia } from "./own_media.js";
import { whenNetworkChanges } from "./seat.js";
import { STAGES, after, cueOf } from "./stages.js";
import { allows } from "./statetable.js";
import { loadWords, t } from "./words.js";

// Nobody sees a learner without the word: a small picture is enough, and costs a cheap phone and its plan little.
const SMALL = { width: 320, height: 240, frameRate: 10 };
const LARGE = { width: 640, height: 480, frameRate: 24 };
const RECORD_WITHIN = 3000; // ms; from the end to a record that can be shown

class Learner extends HTMLElement {
  constructor() {
    super();
    /** @type {import("./stages.js").Stage} */
    this.stage = "asking";
    /** @type {LessonSeat | null} */
    this.seat = null;
    /** @type {import("./lesson_seat.js").Standing | null} */
    this.standing = null;
    this.standingAt = 0;
    this.spoke = false;
    this.helped = false;
    this.clock = 0;
    this.light = new ScreenLight();
  }

  async connectedCallback() {
    await loadWords();
    this.own = new OwnMedia(part(this, "own"), (trouble) => this.opened(trouble));
    this.watch = new DeviceWatch({
      view: part(this, "own"),
      face: false,
      lookUrl: "",
      said: (said) => this.advise(said),
      level: (level) => (part(this, "level").style.transform = `scaleX(${level.toFixed(2)})`),
    });
    this.bind(this.own);
    this.show();
    await this.own.open();
    if (sessionStorage.getItem(this.waitedKey())) this.ready(); // opened again: straight back to the lesson
    this.clock = window.setInterval(() => this.tick(), 1000);
  }

  disconnectedCallback() {
    this.letGo();
    if (this.seat) this.seat.leave();
  }

  get teacher() {
    return this.getAttribute("teacher") || "";
  }

  waitedKey() {
    return `fw-lesson-${this.getAttribute("lesson")}`;
  }

  /** @param {OwnMedia} own */
  bind(own) {
    const on = (/** @type {string} */ name, /** @type {() => void} */ act) =>
      part(this, name).addEventListener("click", act);
    on("ready", () => this.ready());
    on("wait-anyway", () => this.ready());
    on("retry", () => this.retry());
    on("flip", () => own.flip());
    on("flip-in-call", () => own.flip());
    on("no-picture", () => own.open());
    on("mute", () => {
      const muted = part(this, "mute").getAttribute("aria-pressed") !== "true";
      part(this, "mute").setAttribute("aria-pressed", String(muted));
      own.mute(muted);
    });
    on("hand", () => this.raise());
    on("aloud", () => {
      part(this, "aloud").hidden = true;
      for (const name of ["teacher", "screen", "word"]) part(this, name).play();
    });
    on("leave", async () => {
      if (!(await asked(part(this, "leave-question")))) return;
      sessionStorage.removeItem(this.waitedKey());
      this.stop("left");
    });
    on("again", () => location.reload());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState !== "visible" || this.isOver()) return;
      this.light.keepOn();
      if (this.seat) this.seat.hurry();
    });
    whenNetworkChanges(() => this.seat && this.seat.networkChanged());
    part(this, "steps").dataset.family = browserFamily(navigator.userAgent);
  }

  // device check

  /** @param {import("./devices.js").Trouble | null} trouble */
  opened(trouble) {
    if (!this.own || !this.watch) return;
    this.watch.watch(this.own.stream);
    this.resize();
    if (this.seat) this.seat.use(this.own.stream);
    this.offerOtherCamera();
    this.dataset.camera = this.own.stream.getVideoTracks().length ? "on" : "off";
    this.dataset.microphone = this.own.stream.getAudioTracks().length ? "on" : "off";
    if (trouble) this.help(trouble, this.own.stream);
    this.moveIf(trouble ? "trouble" : "opened");
    this.show();
  }

  /** @param {import("./devices.js").Trouble} trouble @param {MediaStream} stream */
  help(trouble, stream) {
    const { title, text } = troubleSentences(trouble, stream);
    if (this.helped) write(part(this, "no-picture-text"), t("还是打不开"));
    this.helped = true;
    write(part(this, "trouble-title"), title);
    write(part(this, "trouble-text"), text);
    part(this, "steps").hidden = trouble !== "denied";
    part(this, "retry").hidden = trouble === "unsupported" || trouble === "insecure";
  }

  retry() {
    this.moveIf("retried");
    if (this.own) this.own.open();
  }

  async offerOtherCamera() {
    const devices = this.own ? await this.own.devices() : [];
    const few = devices.filter(({ kind }) => kind === "videoinput").length < 2;
    for (const name of ["flip", "flip-in-call"]) part(this, name).hidden = few;
  }

  /** @param {import("./device_check.js").Said} said */
  advise({ advice, ...marks }) {
    write(part(this, "advice"), adviceSentence(advice));
    for (const [name, mark] of Object.entries(marks)) {
      const item = part(this, `mark-${name}`);
      item.dataset.mark = mark;
      write(part(item, "state"), mark === "good" ? t("好") : mark === "help" ? t("请看提示") : t("还没看出来"));
    }
  }

  /** The camera gives as much as is needed of it. */
  resize() {
    const wanted = this.hasWord() ? LARGE : SMALL;
    const [camera] = this.own ? this.own.stream.getVideoTracks() : [];
    if (camera) camera.applyConstraints(wanted).catch(() => undefined); // then it stays as it is
  }

  // the seat

  ready() {
    if (!this.own || !allows(STAGES, this.stage, "ready")) return;
    sessionStorage.setItem(this.waitedKey(), "yes");
    this.light.keepOn();
    this.move("ready");
    this.seat = new LessonSeat({
      teaches: false,
      lesson: this.getAttribute("lesson") || "",
      stream: this.own.stream,
      listener: {
        standing: (standing) => this.stand(standing),
        link: () => this.follow(),
        remote: (line, stream) =>
          playAloud(part(this, line === "own" ? "teacher" : line), stream, () => (part(this, "aloud").hidden = false)),
        quality: (quality) => this.showSignal(signalOf(quality)),
        over: (filed) => this.over(filed),
        stopped: (why) => this.stop(why),
      },
    });
    this.seat.join();
  }

  /** @param {import("./lesson_seat.js").Standing} standing */
  stand(standing) {
    this.standing = standing;
    this.standingAt = performance.now();
    if (standing.state === "cancelled") this.stop("cancelled");
    else if (standing.state === "ended") this.over(true);
    else this.follow();
  }

  follow() {
    if (!this.seat || this.isOver()) return;
    const open = this.standing !== null && this.standing.state === "open";
    const cue = cueOf(this.stage, open ? { state: "live" } : null, this.seat.link);
    if (cue === "admitted") ring();
    if (this.hasWord() !== this.spoke) {
      this.spoke = this.hasWord();
      this.resize();
      if (this.spoke) ring();
    }
    if (cue) this.move(cue);
    else this.show();
  }

  hasWord() {
    return this.standing !== null && this.standing.place !== null && this.standing.word === this.standing.place;
  }

  raise() {
    if (!this.seat || !this.standing) return;
    const up = !this.hasWord() && this.standing.hand === null;
    this.seat.say("hand", { up });
  }

  /** @param {boolean} filed */
  over(filed) {
    if (allows(STAGES, this.stage, "over")) this.move("over");
    this.letGo();
    sessionStorage.removeItem(this.waitedKey());
    if (filed) location.replace("/my/lesson");
    else setTimeout(() => location.replace("/my/lesson"), RECORD_WITHIN);
  }

  /** @param {string} why */
  stop(why) {
    for (const each of this.querySelectorAll("[data-why]")) {
      const reason = /** @type {HTMLElement} */ (each);
      reason.hidden = !(reason.dataset.why || "").split(" ").includes(why);
    }
    this.moveIf("refused");
    this.letGo();
    if (this.seat) this.seat.leave();
  }

  isOver() {
    return this.stage === "filing" || this.stage === "thanks" || this.stage === "stopped";
  }

  /** Camera and microphone go dark. */
  letGo() {
    clearInterval(this.clock);
    this.light.letGo();
    if (this.watch) this.watch.stop();
    if (this.own) this.own.close();
    for (const name of ["own", "teacher", "screen", "word"]) part(this, name).srcObject = null;
    if (part(this, "leave-question").open) part(this, "leave-question").close("no");
    part(this, "card").focus();
  }

  // the page

  /** @param {string} cue */
  moveIf(cue) {
    if (allows(STAGES, this.stage, cue)) this.move(cue);
  }

  /** @param {string} cue */
  move(cue) {
    this.stage = after(this.stage, cue);
    this.dataset.stage = this.stage;
    const watch = this.stage === "checking" || this.stage === "waiting";
    if (this.watch) watch ? this.watch.start() : this.watch.stop();
    this.show();
  }

  show() {
    for (const each of this.querySelectorAll("[data-on]")) {
      const shown = /** @type {HTMLElement} */ (each);
      shown.hidden = !(shown.dataset.on || "").split(" ").includes(this.stage);
    }
    const live = this.stage === "live" || this.stage === "returning";
    const { standing } = this;
    const sharing = live && standing !== null && standing.sharing;
    const other = live && standing !== null && standing.word !== null && !this.hasWord();
    part(this, "screen-figure").hidden = !sharing;
    part(this, "word-figure").hidden = !other;
    part(this, "screen-figure").classList.toggle("large", sharing);
    part(this, "teacher-figure").classList.toggle("large", !sharing);
    this.dataset.word = this.hasWord() ? "mine" : "";
    if (other && standing) write(part(this, "word-name"), t("学员 {n}", { n: standing.word || 0 }));
    if (this.stage === "waiting") this.showWaiting();
    if (live) this.showLesson();
    this.tick();
  }

  showWaiting() {
    const away = this.seat !== null && this.seat.link === "away";
    write(
      part(this, "waiting-title"),
      away
        ? t("网络断了，正在接回来")
        : !this.standing
          ? t("正在进教室……")
          : this.standing.teacher === "absent"
            ? t("您到了，老师还没来")
            : t("您到了，马上上课"),
    );
  }

  showLesson() {
    const link = this.seat ? this.seat.link : "joining";
    const { standing } = this;
    const mine = this.hasWord();
    const hand = part(this, "hand");
    const up = standing !== null && standing.hand !== null;
    hand.disabled = link === "away";
    hand.setAttribute("aria-pressed", String(up || mine));
    hand.classList.toggle("main", !up && !mine);
    write(
      part(this, "hand-text"),
      mine ? t("我说完了") : up && standing ? t("放下手（您排第 {n}）", { n: standing.hand || 0 }) : t("举手"),
    );
    part(this, "mute").hidden = !mine;
    part(this, "teacher-figure").classList.toggle("away", link !== "connected" || standing?.teacher !== "connected");
    if (this.stage === "returning") this.note(t("网络断了，正在接回来"), t("不算您的问题。请留在这一页，什么都不用做。"));
    else if (link !== "connected") this.note(t("正在接通……"));
    else if (mine)
      this.note(
        t("现在轮到您发言，大家能看到和听到您"),
        this.dataset.microphone === "off" ? adviceSentence("no_microphone") : t("现在会录像。说完了，点“我说完了”。"),
      );
    else if (standing && standing.teacher !== "connected")
      this.note(t("老师那边断线了，正在接回来"), t("请稍等，不用做什么。"));
    else this.note("");
  }

  /** @param {string} title @param {string} [text] */
  note(title, text = "") {
    write(part(this, "call-title"), title);
    write(part(this, "call-text"), text);
    part(this, "call-note").hidden = title === "";
  }

  /** @param {"good" | "fair" | "weak"} signal */
  showSignal(signal) {
    const tag = part(this, "signal");
    tag.hidden = false;
    tag.className = `tag bars ${signal} ${signal === "good" ? "ok" : "tech"}`;
    write(tag, signal === "good" ? t("信号好") : signal === "fair" ? t("信号一般") : t("网络较弱，声音优先"));
  }

  tick() {
    if (!this.standing || this.standing.live_s === null) return;
    const passed_s = this.standing.live_s + (performance.now() - this.standingAt) / 1000;
    const time = dial(passed_s);
    write(part(this, "recording"), this.hasWord() ? t("正在录您 {time}", { time }) : t("录老师 {time}", { time }));
  }
}

customElements.define("fw-lesson", Learner);
