// @ts-check
/** <fw-live>: the officer's page while a check-in happens: who waits, the call, the identity lane, notes, the end. */

import { troubleSentences } from "./advice.js";
import { signalOf } from "./call.js";
import { dial } from "./clock.js";
import { ring } from "./devices.js";
import { asked, belongsElsewhere, h, part, playAloud, write } from "./dom.js";
import { countedCauses, reasonText, saidOf, stateTag } from "./identity_words.js";
import { drawLane, laneSummary } from "./lanes.js";
import { liveParts } from "./live_parts.js";
import { OwnMedia } from "./own_media.js";
import { Seat, signalAddress, whenNetworkChanges } from "./seat.js";
import { isGone } from "./stages.js";
import { growingSpan, identityLane } from "./timeline.js";
import { loadWords, t } from "./words.js";

const MOST_CAUSES = 3;
const RECEIPT_WITHIN = 3000; // ms; the receipt follows the end, unless the call ended while we were away

class Live extends HTMLElement {
  constructor() {
    super();
    /** @type {Seat | null} */
    this.seat = null;
    /** @type {import("./seat.js").Standing | null} */
    this.standing = null;
    this.standingAt = 0;
    /** @type {import("./timeline.js").Still[]} */
    this.stills = [];
    /** @type {import("./timeline.js").Gap[]} */
    this.gaps = [];
    this.finished = false;
    this.clock = 0;
  }

  async connectedCallback() {
    await loadWords();
    const name = [this.subject, this.getAttribute("level")].filter(Boolean).join(" · ");
    this.replaceChildren(
      ...liveParts({
        name,
        after: this.getAttribute("after") || "/review",
        back: this.getAttribute("back") || "/today",
      }),
    );
    const own = new OwnMedia(part(this, "own"), (trouble) => this.opened(own, trouble));
    this.own = own;
    const seat = new Seat({
      url: signalAddress("officer"),
      checkIn: this.getAttribute("check-in") || "",
      iceServers: JSON.parse(this.getAttribute("ice-servers") || "[]"),
      stream: own.stream,
      listener: {
        standing: (standing) => this.stand(standing),
        link: () => this.show(),
        remote: (stream) => playAloud(part(this, "other"), stream, () => (part(this, "aloud").hidden = false)),
        quality: (quality) => this.showQuality(quality),
        identity: (news) => this.hearIdentity(news),
        ended: (receipt) =>
          receipt
            ? this.finish(t("核查结束，录像已经封存"), t("回执 {code}", { code: receipt.code }), "review")
            : this.finish(t("核查结束，还在归档"), t("录像都在服务器上。归档以后，这次核查会出现在复核里。"), "back"),
        stopped: (why) => this.finish(...stopSentences(why), "back"),
        refused: ({ about }) => this.refused(about),
      },
    });
    this.seat = seat;
    this.clock = window.setInterval(() => this.tick(), 1000);
    this.bind(own, seat);
    this.show();
    await own.open(); // whoever is let in should see us at once
    seat.join();
  }

  disconnectedCallback() {
    clearInterval(this.clock);
    if (this.seat) this.seat.leave();
    if (this.own) this.own.close();
  }

  get subject() {
    return this.getAttribute("subject") || "";
  }

  /** @param {OwnMedia} own @param {Seat} seat */
  bind(own, seat) {
    const on = (/** @type {string} */ name, /** @type {string} */ event, /** @type {(event: any) => void} */ act) =>
      part(this, name).addEventListener(event, act);
    on("admit", "click", () => {
      part(this, "admit").disabled = true;
      seat.admit();
    });
    on("aloud", "click", () => {
      part(this, "aloud").hidden = true;
      part(this, "other").play();
    });
    on("other", "resize", () => this.show()); // the first picture, or none any more
    on("mute", "click", ({ currentTarget }) => own.mute(toggled(currentTarget)));
    on("hide", "click", ({ currentTarget }) => own.hide(toggled(currentTarget)));
    on("camera", "change", ({ target }) => own.choose({ ...own.choice, camera: target.value }));
    on("microphone", "change", ({ target }) => own.choose({ ...own.choice, microphone: target.value }));
    on("end", "click", async () => {
      if ((await asked(part(this, "end-question"))) && !seat.end()) this.say(t("网络断了，等接回来再结束"), "");
    });
    on("note-form", "submit", (event) => {
      event.preventDefault();
      this.note();
    });
    on("note", "keydown", (event) => {
      if (event.key === "Escape") event.target.blur();
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      if (this.note()) event.target.blur(); // so that N begins the next one
    });
    document.addEventListener("keydown", (event) => {
      if (event.key.toLowerCase() !== "n" || part(this, "note").disabled || belongsElsewhere(event)) return;
      event.preventDefault();
      part(this, "note").focus();
    });
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && seat.hurry());
    whenNetworkChanges(() => seat.networkChanged());
    window.addEventListener("beforeunload", (event) => {
      if (this.isLive()) event.preventDefault();
    });
  }

  // our own camera

  /** @param {OwnMedia} own @param {import("./devices.js").Trouble | null} trouble */
  opened(own, trouble) {
    if (this.seat) this.seat.use(own.stream);
    part(this, "trouble").hidden = trouble === null;
    if (trouble) {
      const { title, text } = troubleSentences(trouble);
      write(part(this, "trouble-title"), title);
      write(
        part(this, "trouble-text"),
        trouble === "denied" ? t("请点地址栏左边的小图标，允许摄像头和麦克风，再刷新这一页。对方现在看不到您。") : text,
      );
    }
    this.listDevices(own);
  }

  /** @param {OwnMedia} own */
  async listDevices(own) {
    const devices = await own.devices();
    for (const [name, kind] of [
      ["camera", "videoinput"],
      ["microphone", "audioinput"],
    ]) {
      const [track] = own.stream.getTracks().filter((each) => each.kind === kind.slice(0, 5));
      const current = track ? track.getSettings().deviceId : "";
      const choices = devices.filter((device) => device.kind === kind && device.deviceId);
      const options = choices.map(({ deviceId, label }, i) =>
        h("option", { value: deviceId, selected: deviceId === current }, label || t("第 {n} 个", { n: i + 1 })),
      );
      part(this, name).replaceChildren(...options);
      part(this, name).disabled = options.length === 0;
    }
  }

  // what the server says

  /** @param {import("./seat.js").Standing} standing */
  stand(standing) {
    const former = this.standing;
    const arrived = standing.state === "waiting" && (!former || former.subject === "absent");
    this.standing = standing;
    this.standingAt = performance.now();
    if (arrived && former) ring();
    this.drawGap(standing.subject === "lost" || standing.state === "interrupted");
    if (isGone(standing.state)) setTimeout(() => this.gone(standing.state), former ? RECEIPT_WITHIN : 0);
    this.show();
  }

  /** It is over and nobody told us how: it ended while we were away. @param {string} state */
  gone(state) {
    if (!this.finished)
      this.finish(t("这次核查已经结束"), "", state === "ended" || state === "filed" ? "review" : "back");
  }

  /** Keeps the lane's open gap in step with whether the subject is away. @param {boolean} away */
  drawGap(away) {
    const last = this.gaps[this.gaps.length - 1];
    const open = last !== undefined && last.to_s === Infinity;
    const now_s = this.liveSeconds() || 0;
    if (away && !open) this.gaps.push({ from_s: now_s, to_s: Infinity, cause: "connection" });
    if (!away && open) last.to_s = now_s;
  }

  /** @param {import("./seat.js").Identity} news */
  hearIdentity(news) {
    const { state, verdict, at_s, reasons, usable, stills, engine } = news;
    if (verdict !== null && at_s !== null) this.stills.push({ n: stills, at_s, verdict, reasons });
    const { look, text } = stateTag(state, engine);
    const tag = part(this, "verdict");
    tag.className = `tag ${look}`;
    write(tag, stills > 0 ? t("{text} · {stills} 张", { text, stills }) : text);
    part(this, "counts").hidden = stills === 0;
    write(part(this, "counts"), t("{stills} 张截图里 {usable} 张可用", { stills, usable }));
    part(this, "causes").replaceChildren(...causesOf(news, this.stills).map((cause) => h("li", {}, cause)));
    this.drawIdentity();
  }

  /** @param {string} about */
  refused(about) {
    if (about === "note") this.noteFailed(t("这一笔没有记上，请再试一次。"));
    if (about === "admit") part(this, "admit").disabled = false;
    if (about === "end") this.say(t("现在不能结束，请再试一次"), "");
  }

  // notes

  /** Whether the note went out. */
  note() {
    const field = part(this, "note");
    const text = field.value.trim();
    if (!text || !this.seat) return false;
    if (!this.seat.note(text)) {
      this.noteFailed(t("网络断了，这一笔还没有记上。接回来后再按一次。"));
      return false;
    }
    part(this, "note-wrong").hidden = true;
    part(this, "notes").prepend(h("li", {}, h("span", { class: "num" }, dial(this.liveSeconds() || 0)), " ", text));
    field.value = "";
    return true;
  }

  /** @param {string} sentence */
  noteFailed(sentence) {
    write(part(this, "note-wrong"), sentence);
    part(this, "note-wrong").hidden = false;
  }

  // the page

  isLive() {
    return (
      !this.finished &&
      this.standing !== null &&
      (this.standing.state === "live" || this.standing.state === "interrupted")
    );
  }

  liveSeconds() {
    if (!this.standing || this.standing.live_s === null) return null;
    return this.standing.live_s + (performance.now() - this.standingAt) / 1000;
  }

  show() {
    if (this.finished) return;
    this.drawIdentity();
    const live = this.isLive();
    for (const name of ["note", "note-send", "end"]) part(this, name).disabled = !live;
    const away = this.seat !== null && this.seat.link === "away"; // what the server does now, we cannot know
    part(this, "recording").hidden = !live || away;
    part(this, "quality").hidden = !live || away || !part(this, "quality").textContent;
    part(this, "note").placeholder = live ? t("按 N 键开始写，回车记下，自动带上时间") : t("接通以后可以记");
    const [title, text, mayAdmit] = this.saying();
    this.say(title, text);
    const admit = part(this, "admit");
    const appears = mayAdmit && admit.hidden;
    admit.hidden = !mayAdmit;
    if (appears && document.activeElement === document.body) admit.focus(); // nobody was doing anything else
    if (!mayAdmit) part(this, "admit").disabled = false;
    part(this, "other").classList.toggle("away", title !== "");
    this.tick();
  }

  /** What lies over the picture, and whether the subject may be let in; an empty title is nothing.
   * @returns {[string, string, boolean]} */
  saying() {
    if (!this.seat || !this.standing) return [t("正在连接……"), "", false];
    const { link } = this.seat;
    if (link === "away") return [t("我们这边断线了，正在接回来"), t("断线以前的录像都在，接上以后接着说。"), false];
    const { state, subject } = this.standing;
    if (state === "scheduled")
      return [t("{name} 还没到", { name: this.subject }), t("到了会响一声。这一页开着就行。"), false];
    if (state === "waiting") return [t("{name} 在等您", { name: this.subject }), t("请进以后才开始录像和比对。"), true];
    if (link !== "connected") return [t("正在接通……"), "", false];
    if (subject === "lost" || subject === "absent")
      return [t("对方断线了，正在等着接回来"), t("网络原因，不算对方的问题。"), false];
    if (subject !== "connected" || !part(this, "other").videoWidth)
      return [t("正在等对方的画面……"), t("没有画面也可以先说话。"), false];
    return ["", "", false];
  }

  /** @param {string} title @param {string} text */
  say(title, text) {
    write(part(this, "title"), title);
    write(part(this, "text"), text);
    part(this, "over").hidden = title === "";
  }

  /** The end of this page: what happened, and where to go. @param {string} title @param {string} text
   * @param {"review" | "back"} to */
  finish(title, text, to) {
    this.show();
    this.finished = true;
    this.classList.add("finished");
    this.say(title, text);
    for (const name of ["mute", "hide", "note", "note-send", "end"]) part(this, name).disabled = true;
    for (const name of ["recording", "quality", "admit"]) part(this, name).hidden = true;
    for (const each of ["review", "back"]) part(this, `go-${each}`).hidden = each !== to;
    if (part(this, "end-question").open) part(this, "end-question").close("no");
    part(this, `go-${to}`).focus();
    part(this, "other").srcObject = part(this, "own").srcObject = null;
    if (this.own) this.own.close();
  }

  /** @param {import("./call.js").Quality} quality */
  showQuality(quality) {
    const signal = signalOf(quality);
    const words = signal === "good" ? t("信号好") : signal === "fair" ? t("信号一般") : t("信号弱");
    const tag = part(this, "quality");
    tag.className = `tag ${signal === "good" ? "ok" : "tech"}`;
    write(tag, t("{words} · 丢包 {loss}%", { words, loss: (quality.loss * 100).toFixed(1) }));
    tag.hidden = !this.isLive();
  }

  tick() {
    const seconds = this.liveSeconds();
    if (this.finished || seconds === null) return;
    write(part(this, "recording"), t("录像中 {time}", { time: dial(seconds) }));
    this.drawIdentity();
  }

  drawIdentity() {
    const now_s = this.liveSeconds() || 0;
    const lane = identityLane(this.stills, this.gaps, now_s);
    const span_s = growingSpan(now_s);
    drawLane(part(this, "track"), lane, span_s);
    part(this, "track").setAttribute("aria-label", laneSummary(lane));
    write(part(this, "span"), `${dial(0)} – ${dial(span_s)}`);
    const last = this.stills[this.stills.length - 1];
    write(part(this, "latest"), last ? `${dial(last.at_s)} ${saidOf(last.verdict, last.reasons)}` : "");
  }
}

/** What is in the way of a comparison, the most frequent first.
 * @param {import("./seat.js").Identity} news @param {import("./timeline.js").Still[]} stills */
function causesOf({ engine, reasons }, stills) {
  if (engine === "off") return [t("本人选了“换一种方式”。请凭通话和证件确认身份。")];
  return stills.length ? countedCauses(stills).slice(0, MOST_CAUSES) : reasons.map(reasonText);
}

/** Why the server will not have this page again. @param {import("./seat.js").Why} why @returns {[string, string]} */
function stopSentences(why) {
  switch (why) {
    case "elsewhere":
      return [t("您在另一个窗口打开了这次核查"), t("那边在继续，这一页可以关掉。")];
    case "no_session":
      return [t("登录已经过期"), t("请重新登录，再打开这次核查；录像没有中断。")];
    case "not_found":
      return [t("没有找到这次核查"), t("可能已经取消，也可能不在您的职责范围内。")];
    default:
      return [t("这一页出了点问题"), t("不是您的错。请刷新这一页再试；录像没有中断。")];
  }
}

/** Presses a button that stays pressed, or lets it go. @param {HTMLElement} button */
function toggled(button) {
  const pressed = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(pressed));
  return pressed;
}

customElements.define("fw-live", Live);
