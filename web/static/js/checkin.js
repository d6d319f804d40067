// @ts-check
/** <fw-checkin>: the subject's one page, from device check through waiting room and call to the receipt. */

import { adviceSentence, troubleSentences } from "./advice.js";
import { signalOf } from "./call.js";
import { dial, span } from "./clock.js";
import { DeviceWatch } from "./device_watch.js";
import { ScreenLight, browserFamily, ring } from "./devices.js";
import { asked, part, playAloud, write } from "./dom.js";
import { OwnMedia } from "./own_media.js";
import { Seat, whenNetworkChanges } from "./seat.js";
import { RECEIPT_WITHIN, STAGES, after, cueOf, isGone } from "./stages.js";
import { allows } from "./statetable.js";
import { loadWords, t } from "./words.js";

const SAY_PATIENCE_AFTER = 20000; // ms away before we suggest another place

class CheckIn extends HTMLElement {
  constructor() {
    super();
    /** @type {import("./stages.js").Stage} */
    this.stage = "asking";
    /** @type {Seat | null} */
    this.seat = null;
    /** @type {import("./seat.js").Standing | null} */
    this.standing = null;
    this.standingAt = 0;
    this.awaySince = 0;
    this.clock = 0;
    this.helped = false;
    this.light = new ScreenLight();
  }

  async connectedCallback() {
    await loadWords();
    this.own = new OwnMedia(part(this, "own"), (trouble) => this.opened(trouble));
    this.watch = new DeviceWatch({
      view: part(this, "own"),
      face: this.getAttribute("choice") === "face",
      lookUrl: "/my/check-in/look",
      said: (said) => this.advise(said),
      level: (level) => (part(this, "level").style.transform = `scaleX(${level.toFixed(2)})`),
    });
    this.clock = window.setInterval(() => this.tick(), 1000);
    this.bind(this.own);
    this.show();
    await this.own.open();
    // A page that is opened again while waiting or in the call goes straight back to it.
    if (sessionStorage.getItem(this.waitedKey())) this.ready();
  }

  disconnectedCallback() {
    this.letGo();
    if (this.seat) this.seat.leave();
  }

  get officer() {
    return this.getAttribute("officer") || "";
  }

  waitedKey() {
    return `fw-waited-${this.getAttribute("check-in")}`;
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
      if (!own.stream.getAudioTracks().length) {
        own.open();
        return;
      }
      const muted = part(this, "mute").getAttribute("aria-pressed") !== "true";
      part(this, "mute").setAttribute("aria-pressed", String(muted));
      own.mute(muted);
      if (this.seat) this.seat.mute(own.mutes);
    });
    on("aloud", () => {
      part(this, "aloud").hidden = true;
      part(this, "other").play();
    });
    on("end", async () => {
      if ((await asked(part(this, "end-question"))) && this.seat && !this.seat.end())
        this.note(t("网络断了，等接回来再结束"));
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
    if (this.seat) this.seat.use(this.own.stream);
    this.offerOtherCamera();
    this.dataset.camera = this.own.stream.getVideoTracks().length ? "on" : "off";
    this.dataset.microphone = this.own.stream.getAudioTracks().length ? "on" : "off";
    if (trouble) this.help(trouble, this.own.stream);
    this.moveIf(trouble ? "trouble" : "opened");
    this.show();
  }

  /** @param {import("./devices.js").Trouble} trouble @param {MediaStream} stream what is open all the same */
  help(trouble, stream) {
    const { title, text } = troubleSentences(trouble, stream);
    // From the second try on, where the page has no more room for the drawing of where to tap.
    if (this.helped) write(part(this, "no-picture-text"), t("还是打不开"));
    this.helped = true;
    write(part(this, "trouble-title"), title);
    write(part(this, "trouble-text"), text);
    part(this, "steps").hidden = trouble !== "denied";
    part(this, "retry").hidden = trouble === "unsupported" || trouble === "insecure";
    if (trouble === "denied") this.retryWhenAllowed();
  }

  retry() {
    this.moveIf("retried");
    if (this.own) this.own.open();
  }

  async retryWhenAllowed() {
    try {
      for (const name of ["camera", "microphone"]) {
        const permission = await navigator.permissions.query({ name: /** @type {any} */ (name) });
        permission.onchange = () => permission.state === "granted" && !this.isOver() && this.retry();
      }
    } catch {
      // this browser does not tell: the person presses the button
    }
  }

  async offerOtherCamera() {
    const devices = this.own ? await this.own.devices() : [];
    const few = devices.filter(({ kind }) => kind === "videoinput").length < 2;
    for (const name of ["flip", "flip-in-call"]) part(this, name).hidden = few;
  }

  /** @param {import("./device_check.js").Said} said */
  advise({ advice, ...marks }) {
    const good = advice === "good" || advice === "good_by_sight";
    write(part(this, "advice"), adviceSentence(advice));
    this.dataset.look = good ? "good" : advice === "looking" || advice === "say_something" ? "unknown" : "help";
    for (const [name, mark] of Object.entries(marks)) {
      const item = part(this, `mark-${name}`);
      item.dataset.mark = mark;
      write(part(item, "state"), markText(mark));
    }
    write(part(this, "ready"), good ? t("开始等候") : t("先等着也可以"));
  }

  // the seat

  ready() {
    if (!this.own || !allows(STAGES, this.stage, "ready")) return;
    sessionStorage.setItem(this.waitedKey(), "yes");
    this.light.keepOn();
    this.move("ready");
    this.seat = new Seat({
      place: "subject",
      checkIn: this.getAttribute("check-in") || "",
      stream: this.own.stream,
      listener: {
        standing: (standing) => this.stand(standing),
        link: () => this.follow(),
        remote: (stream) => playAloud(part(this, "other"), stream, () => (part(this, "aloud").hidden = false)),
        quality: (quality) => this.showSignal(signalOf(quality)),
        ended: (receipt) => (receipt ? this.thank(receipt) : this.hangUp()),
        stopped: (why) => this.stop(why),
      },
    });
    this.seat.join();
  }

  /** @param {import("./seat.js").Standing} standing */
  stand(standing) {
    this.standing = standing;
    this.standingAt = performance.now();
    if (standing.state === "missed" || standing.state === "cancelled") this.stop(standing.state);
    else if (isGone(standing.state)) setTimeout(() => this.isOver() || location.replace("/my/receipt"), RECEIPT_WITHIN);
    else this.follow();
  }

  follow() {
    if (!this.seat || this.isOver()) return;
    const cue = cueOf(this.stage, this.standing, this.seat.link);
    if (cue === "admitted") ring();
    this.awaySince = this.seat.link === "away" ? this.awaySince || performance.now() : 0;
    if (cue) this.move(cue);
    else this.show();
  }

  /** @param {import("./seat.js").Receipt} receipt */
  thank({ code, started_at, ended_at, officer, unit, gap_s }) {
    write(part(this, "receipt-time"), span(started_at, ended_at, document.documentElement.lang));
    write(part(this, "receipt-officer"), `${officer} · ${unit}`);
    write(part(this, "receipt-code"), code);
    write(part(this, "receipt-gap"), t("中间断线 {seconds} 秒", { seconds: Math.round(gap_s) }));
    part(this, "receipt-gap-row").hidden = gap_s < 1;
    this.move("receipt");
    this.letGo();
    this.forget();
  }

  hangUp() {
    this.move("over");
    this.letGo();
  }

  /** @param {string} why a close reason of the wire, or the state of a check-in that is gone */
  stop(why) {
    for (const each of this.querySelectorAll("[data-why]")) {
      const reason = /** @type {HTMLElement} */ (each);
      reason.hidden = !(reason.dataset.why || "").split(" ").includes(why);
    }
    this.move("refused");
    this.letGo();
    if (this.seat) this.seat.leave();
    // Whoever goes on here, or tries again, goes straight back to where they were.
    if (why !== "elsewhere" && why !== "mistake") this.forget();
  }

  isOver() {
    return this.stage === "filing" || this.stage === "thanks" || this.stage === "stopped";
  }

  /** A page opened again starts anew. */
  forget() {
    sessionStorage.removeItem(this.waitedKey());
  }

  /** Camera and microphone go dark. */
  letGo() {
    clearInterval(this.clock);
    this.light.letGo();
    if (this.watch) this.watch.stop();
    if (this.own) this.own.close();
    part(this, "own").srcObject = part(this, "other").srcObject = null;
    if (part(this, "end-question").open) part(this, "end-question").close("no");
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
    if (this.stage === "waiting") this.showWaiting();
    if (this.stage === "live" || this.stage === "returning") this.showCall();
    this.tick();
  }

  showWaiting() {
    const away = this.seat !== null && this.seat.link === "away";
    write(part(this, "waiting-title"), away ? t("网络断了，正在接回来") : this.waitingSentence());
    part(this, "waiting-away").hidden = !away;
  }

  waitingSentence() {
    if (!this.standing) return t("正在进等候室……");
    if (this.standing.ahead > 0) return t("前面还有 {n} 人", { n: this.standing.ahead });
    if (this.standing.officer === "absent") return t("您到了，{officer}还没进来", { officer: this.officer });
    return t("{officer}已经知道您到了", { officer: this.officer });
  }

  showCall() {
    const link = this.seat ? this.seat.link : "joining";
    const officer = this.standing ? this.standing.officer : "present";
    const paused = this.standing ? this.standing.paused : [];
    const unshown = this.standing ? this.standing.unshown.includes("officer") : false;
    const silenced = this.standing !== null && this.standing.silenced.includes("officer");
    const hidden = this.standing !== null && this.standing.hidden.includes("officer");
    const slow = paused.includes("officer");
    const unseen = link !== "connected" || officer !== "connected" || slow || hidden || unshown;
    part(this, "other").classList.toggle("away", unseen);
    part(this, "own").classList.toggle("away", paused.includes("subject"));
    if (this.stage === "returning") this.note(t("网络断了，正在接回来"), this.patience());
    else if (link !== "connected") this.note(t("正在接通……"), t("轮到您了，请看着屏幕。"));
    else if (officer === "absent")
      this.note(t("{officer}暂时离开了，通话还在", { officer: this.officer }), t("请稍等，不用做什么。"));
    else if (officer === "lost")
      this.note(t("{officer}那边断线了，正在接回来", { officer: this.officer }), t("请稍等，不用做什么。"));
    else if (officer === "present") this.note(t("正在接通{officer}的画面", { officer: this.officer }));
    else if (paused.includes("subject"))
      this.note(t("网络太慢，暂时只有声音"), t("不算您的问题，请接着说话。网络好了，画面会自己回来。"));
    else if (slow)
      this.note(t("{officer}那边网络太慢，暂时只有声音", { officer: this.officer }), t("请接着说话，画面会自己回来。"));
    else if (unshown) this.note(t("对方设备的画面格式，这个浏览器放不了；声音照常"), t("不算您的问题，请接着说话。"));
    else if (this.dataset.microphone === "off") this.note(this.unheard());
    else if (silenced || hidden) this.note(this.mutedSentence(silenced, hidden), t("通话还在，录像也在继续。"));
    else this.note("");
  }

  /** What the officer has put out themselves. @param {boolean} silenced @param {boolean} hidden */
  mutedSentence(silenced, hidden) {
    const { officer } = this;
    if (silenced && hidden) return t("{officer}关了摄像头和麦克风", { officer });
    return hidden ? t("{officer}关了摄像头", { officer }) : t("{officer}关了麦克风", { officer });
  }

  /** The other side does not hear us, and why. */
  unheard() {
    return adviceSentence(this.dataset.camera === "off" ? "no_devices" : "no_microphone");
  }

  patience() {
    const long = this.awaySince > 0 && performance.now() - this.awaySince > SAY_PATIENCE_AFTER;
    return long
      ? t("还没接上。可以走到信号好的地方，或者换一个网络；不算您的问题。")
      : t("不算您的问题。请留在这一页，什么都不用做。");
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
    if (this.stage !== "live" && this.stage !== "returning") return;
    const { live_s } = this.standing || { live_s: null };
    const passed_s = live_s === null ? 0 : live_s + (performance.now() - this.standingAt) / 1000;
    write(part(this, "recording"), t("录像中 {time}", { time: dial(passed_s) }));
    if (this.stage === "returning") write(part(this, "call-text"), this.patience());
  }
}

/** @param {string} mark */
function markText(mark) {
  switch (mark) {
    case "good":
      return t("好");
    case "help":
      return t("请看提示");
    case "blind":
      return t("没有摄像头，看不到");
    default:
      return t("还没看出来");
  }
}

customElements.define("fw-checkin", CheckIn);
