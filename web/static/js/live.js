// @ts-check
/** <fw-live>: the officer's page while a check-in happens: who waits, the call, the identity lane, notes, the end. */

import { troubleSentences } from "./advice.js";
import { signalOf } from "./call.js";
import { dial } from "./clock.js";
import { ring } from "./devices.js";
import { asked, belongsElsewhere, h, part, playAloud, write } from "./dom.js";
import { IdentityPanel } from "./identity_panel.js";
import { liveParts } from "./live_parts.js";
import { overPicture, signalText, stopSentences, theirSignal, withoutPicture } from "./live_words.js";
import { OwnMedia } from "./own_media.js";
import { Seat, whenNetworkChanges } from "./seat.js";
import { RECEIPT_WITHIN, isGone } from "./stages.js";
import { loadWords, t } from "./words.js";

const PICTURE_WITHIN = 6000; // ms; from a connection to its first picture, also on a slow phone

class Live extends HTMLElement {
  constructor() {
    super();
    /** @type {Seat | null} */
    this.seat = null;
    /** @type {import("./seat.js").Standing | null} */
    this.standing = null;
    this.standingAt = 0;
    this.identity = new IdentityPanel(this);
    this.connectedAt = 0;
    this.unseen = false;
    this.failed = false;
    this.finished = false;
    this.ending = false;
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
        who: {
          name: this.getAttribute("full-name") || "",
          idNumber: this.getAttribute("id-number") || "",
          portrait: this.getAttribute("portrait"),
          numberUrl: `/check-ins/${this.getAttribute("check-in")}/id-number`,
        },
      }),
    );
    const own = new OwnMedia(part(this, "own"), (trouble) => this.opened(own, trouble));
    this.own = own;
    const seat = new Seat({
      place: "officer",
      checkIn: this.getAttribute("check-in") || "",
      stream: own.stream,
      listener: {
        standing: (standing) => this.stand(standing),
        link: (link) => {
          if (link === "connected") this.connectedAt = performance.now();
          this.show();
        },
        remote: (stream) => playAloud(part(this, "other"), stream, () => (part(this, "aloud").hidden = false)),
        quality: (quality) => this.showQuality(quality),
        theirQuality: (quality) => this.showTheirQuality(quality),
        identity: (news) => {
          this.identity.hear(news);
          this.show();
        },
        soFar: (soFar) => this.hearSoFar(soFar),
        failed: () => (this.failed = true),
        ended: (receipt) =>
          receipt
            ? this.finish(this.endedSentence(), t("回执 {code}", { code: receipt.code }), "review")
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
    on("mute", "click", ({ currentTarget }) => {
      own.mute(toggled(currentTarget));
      seat.mute(own.mutes);
    });
    on("hide", "click", ({ currentTarget }) => {
      own.hide(toggled(currentTarget));
      seat.mute(own.mutes);
    });
    on("camera", "change", ({ target }) => own.choose({ ...own.choice, camera: target.value }));
    on("microphone", "change", ({ target }) => own.choose({ ...own.choice, microphone: target.value }));
    on("end", "click", async () => {
      if (!(await asked(part(this, "end-question")))) return;
      this.ending = seat.end();
      if (!this.ending) this.say(t("网络断了，等接回来再结束"), "");
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
    document.addEventListener("click", (event) => this.holdOn(event));
    window.addEventListener("beforeunload", (event) => {
      if (this.isLive()) event.preventDefault();
    });
    // Whoever leaves all the same says so: that is no lost connection.
    window.addEventListener("pagehide", () => seat.leave());
    window.addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
  }

  /** A link that leads away from a call first asks. @param {MouseEvent} event */
  async holdOn(event) {
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    const within = link instanceof HTMLAnchorElement && link.getAttribute("href")?.startsWith("#");
    if (!(link instanceof HTMLAnchorElement) || within || link.target || !this.isLive()) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // they open it beside the call themselves
    event.preventDefault();
    if (await asked(part(this, "leave-question"))) window.open(link.href, "_blank", "noopener");
  }

  // our own camera

  /** @param {OwnMedia} own @param {import("./devices.js").Trouble | null} trouble */
  opened(own, trouble) {
    if (this.seat) this.seat.use(own.stream);
    part(this, "trouble").hidden = trouble === null;
    if (trouble) {
      const { title, text } = troubleSentences(trouble, own.stream);
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
    const connects = standing.subject === "connected" && (!former || former.subject !== "connected");
    if (connects) this.connectedAt = performance.now();
    if (arrived && former) ring();
    const away = standing.subject === "lost" || standing.state === "interrupted";
    const lost = this.failed ? "server" : "connection";
    const dark = this.isPaused("subject") ? "sound_only" : standing.hidden.includes("subject") ? "muted_video" : "";
    this.identity.follow(away ? lost : dark, this.liveSeconds() || 0);
    if (standing.subject === "connected") this.failed = false;
    if (isGone(standing.state)) setTimeout(() => this.gone(standing.state), former ? RECEIPT_WITHIN : 0);
    this.show();
  }

  /** The receipt does not say who ended it: whoever was there, and it was not us. */
  endedSentence() {
    const there = this.standing !== null && this.standing.subject === "connected";
    return !this.ending && there ? t("对方结束了通话，录像已经封存") : t("核查结束，录像已经封存");
  }

  /** It is over and nobody told us how: it ended while we were away. @param {string} state */
  gone(state) {
    if (!this.finished)
      this.finish(t("这次核查已经结束"), "", state === "ended" || state === "filed" ? "review" : "back");
  }

  /** What this page would know had it been open all the time. @param {import("./seat.js").SoFar} soFar */
  hearSoFar(soFar) {
    this.identity.hearSoFar(soFar);
    part(this, "notes").replaceChildren(...soFar.notes.map(({ at_s, text }) => noted(at_s, text)).reverse());
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
    part(this, "notes").prepend(noted(this.liveSeconds() || 0, text));
    field.value = "";
    return true;
  }

  /** @param {string} sentence */
  noteFailed(sentence) {
    write(part(this, "note-wrong"), sentence);
    part(this, "note-wrong").hidden = false;
  }

  /** No note goes out any more: where one goes now, and what was not sent stays to be copied. @param {"review" | "back"} to */
  closeNotes(to) {
    const field = part(this, "note");
    const unsent = field.value.trim() !== "";
    field.readOnly = true;
    field.disabled = !unsent;
    field.hidden = !unsent;
    for (const name of ["note-send", "note-wrong", "note-key"]) part(this, name).hidden = true;
    part(this, "devices").hidden = true;
    part(this, "notes-over").hidden = false;
    const where =
      to === "review" ? t("通话结束了，这里不能再记。要补充的话，请写在复核页的“说明”里。") : t("这一页不能再记了。");
    write(part(this, "notes-over"), unsent ? t("{where}上面这一笔没有记上，可以复制过去。", { where }) : where);
  }

  // the page

  isLive() {
    return (
      !this.finished &&
      this.standing !== null &&
      (this.standing.state === "live" || this.standing.state === "interrupted")
    );
  }

  /** Whether a network is too slow for this one's picture. @param {string} seat */
  isPaused(seat) {
    return this.standing !== null && this.standing.paused.includes(seat);
  }

  liveSeconds() {
    if (!this.standing || this.standing.live_s === null) return null;
    return this.standing.live_s + (performance.now() - this.standingAt) / 1000;
  }

  show() {
    if (this.finished) return;
    const live = this.isLive();
    this.unseen = this.isUnseen();
    for (const name of ["note", "note-send", "end"]) part(this, name).disabled = !live;
    const away = this.seat !== null && this.seat.link === "away"; // what the server does now, we cannot know
    part(this, "recording").hidden = !live || away;
    part(this, "quality").hidden = !live || away || !part(this, "quality").textContent;
    const theirs = live && !away && this.standing !== null && this.standing.subject === "connected";
    if (!theirs) write(part(this, "their-quality"), ""); // what comes after a drop is measured anew
    part(this, "their-quality").hidden = !part(this, "their-quality").textContent;
    part(this, "their-mute").hidden = !theirs || !this.standing?.silenced.includes("subject");
    part(this, "note").placeholder = live ? t("按 N 键开始写，回车记下，自动带上时间") : t("接通以后可以记");
    const [title, text, mayAdmit] = overPicture(this.sight(), this.subject);
    this.say(title, text);
    const admit = part(this, "admit");
    const appears = mayAdmit && admit.hidden;
    admit.hidden = !mayAdmit;
    if (appears && document.activeElement === document.body) admit.focus(); // nobody was doing anything else
    if (!mayAdmit) part(this, "admit").disabled = false;
    part(this, "other").classList.toggle("away", title !== "");
    this.identity.say(this.unseen ? withoutPicture(this.sight().sound, this.isPaused("subject")) : "");
    this.tick();
  }

  /** @returns {import("./live_words.js").Sight} */
  sight() {
    const link = this.seat ? this.seat.link : "joining";
    const picture = part(this, "other").videoWidth > 0;
    const { srcObject } = part(this, "other");
    // A track is muted until its first packet has come; a microphone that was only silenced sends packets, too.
    const sound = srcObject !== null && srcObject.getAudioTracks().some((/** @type {MediaStreamTrack} */ { muted }) => !muted);
    const late = performance.now() - this.connectedAt > PICTURE_WITHIN;
    return { link, standing: this.standing, picture, sound, news: this.identity.news, late, failed: this.failed };
  }

  /** Whether there is nothing to look at although the subject is connected: no camera, or none any more. */
  isUnseen() {
    const { link, standing, picture, late } = this.sight();
    if (link !== "connected" || !standing || standing.subject !== "connected") return false;
    if (this.isPaused("subject") || standing.hidden.includes("subject")) return true;
    if (standing.unshown.includes("subject")) return false; // only here: the system looks at it as ever
    if (!late) return false;
    return !picture || this.identity.isOverdue(this.liveSeconds() || 0);
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
    for (const name of ["mute", "hide", "note-send", "end"]) part(this, name).disabled = true;
    this.closeNotes(to);
    for (const name of ["recording", "quality", "their-quality", "their-mute", "admit"]) part(this, name).hidden = true;
    for (const each of ["review", "back"]) part(this, `go-${each}`).hidden = each !== to;
    for (const name of ["end-question", "leave-question"]) if (part(this, name).open) part(this, name).close("no");
    part(this, `go-${to}`).focus();
    part(this, "other").srcObject = part(this, "own").srcObject = null;
    if (this.own) this.own.close();
  }

  /** @param {import("./call.js").Quality} quality */
  showQuality(quality) {
    const signal = signalOf(quality);
    const tag = part(this, "quality");
    tag.className = `tag bars ${signal} ${signal === "good" ? "ok" : "tech"}`;
    const loss = (quality.loss * 100).toFixed(1);
    const words = this.isPaused("officer") ? t("网络太慢，只送声音") : signalText(signal);
    write(tag, t("{words} · 丢包 {loss}%", { words, loss }));
    tag.title = t("您收到和发出的一路上，对方的网络也算在内");
    tag.hidden = !this.isLive();
  }

  /** @param {import("./seat.js").TheirQuality} quality */
  showTheirQuality(quality) {
    const [text, figures] = theirSignal(quality);
    const tag = part(this, "their-quality");
    tag.className = `tag bars ${quality.signal} ${quality.signal === "good" ? "ok" : "tech"}`;
    tag.title = figures;
    write(tag, text);
    this.show();
  }

  tick() {
    if (this.finished) return;
    const seconds = this.liveSeconds() || 0;
    write(part(this, "recording"), t("录像中 {time}", { time: dial(seconds) }));
    if (this.unseen !== this.isUnseen()) this.show();
    else this.identity.draw(seconds);
  }
}

/** A note that was taken. @param {number} at_s @param {string} text */
function noted(at_s, text) {
  return h("li", {}, h("span", { class: "num" }, dial(at_s)), " ", text);
}

/** Presses a button that stays pressed, or lets it go. @param {HTMLElement} button */
function toggled(button) {
  const pressed = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(pressed));
  return pressed;
}

customElements.define("fw-live", Live);
