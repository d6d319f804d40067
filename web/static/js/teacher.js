// @ts-check
/** <fw-teacher>: the teacher's page of a live lesson: who is here, hands and the word, a shared screen, the end. */

import { troubleSentences } from "./advice.js";
import { signalOf } from "./call.js";
import { dial } from "./clock.js";
import { asked, h, part, playAloud, write } from "./dom.js";
import { LessonSeat } from "./lesson_seat.js";
import { OwnMedia } from "./own_media.js";
import { whenNetworkChanges } from "./seat.js";
import { loadWords, t } from "./words.js";

class Teacher extends HTMLElement {
  constructor() {
    super();
    /** @type {LessonSeat | null} */
    this.seat = null;
    /** @type {import("./lesson_seat.js").Standing | null} */
    this.standing = null;
    /** @type {import("./lesson_seat.js").ClassNews} */
    this.news = { learners: [], hands: [] };
    this.standingAt = 0;
    this.trouble = "";
    /** @type {"" | "over" | "filed" | import("./signal.js").Why} */
    this.end = "";
    this.clock = 0;
  }

  async connectedCallback() {
    await loadWords();
    this.own = new OwnMedia(part(this, "own"), (trouble) => this.opened(trouble));
    this.bind(this.own);
    this.show();
    await this.own.open();
    this.seat = new LessonSeat({
      teaches: true,
      lesson: this.getAttribute("lesson") || "",
      stream: this.own.stream,
      listener: {
        standing: (standing) => this.stand(standing),
        inClass: (news) => this.showClass(news),
        link: () => this.show(),
        remote: (_, stream) => playAloud(part(this, "word"), stream, () => (part(this, "aloud").hidden = false)),
        quality: (quality) => this.showSignal(signalOf(quality)),
        over: (filed) => this.finish(filed ? "filed" : "over"),
        stopped: (why) => this.finish(why),
      },
    });
    this.seat.join();
    this.clock = window.setInterval(() => this.tick(), 1000);
  }

  disconnectedCallback() {
    clearInterval(this.clock);
    if (this.own) this.own.close();
  }

  /** @param {OwnMedia} own */
  bind(own) {
    const on = (/** @type {string} */ name, /** @type {() => void} */ act) =>
      part(this, name).addEventListener("click", act);
    const toggle = (/** @type {string} */ name, /** @type {(on: boolean) => void} */ act) =>
      on(name, () => {
        const pressed = part(this, name).getAttribute("aria-pressed") !== "true";
        part(this, name).setAttribute("aria-pressed", String(pressed));
        act(pressed);
      });
    toggle("mute", (muted) => own.mute(muted));
    toggle("hide", (hidden) => own.hide(hidden));
    on("open", () => this.seat && this.seat.say("open"));
    on("share", () => this.share());
    on("here", () => location.reload());
    on("aloud", () => {
      part(this, "aloud").hidden = true;
      part(this, "word").play();
    });
    on("end", async () => {
      if ((await asked(part(this, "end-question"))) && this.seat) this.seat.say("end");
    });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible" && this.seat) this.seat.hurry();
    });
    whenNetworkChanges(() => this.seat && this.seat.networkChanged());
    window.addEventListener("beforeunload", (event) => {
      if (this.isOpen()) event.preventDefault(); // the lesson would go on without its teacher
    });
  }

  isOpen() {
    return this.end === "" && this.standing !== null && this.standing.state === "open";
  }

  /** @param {import("./devices.js").Trouble | null} trouble */
  opened(trouble) {
    if (!this.own) return;
    this.trouble = trouble ? troubleSentences(trouble, this.own.stream).title : "";
    if (this.seat) this.seat.use(this.own.stream);
    this.show();
  }

  async share() {
    if (!this.seat) return;
    if (this.seat.screen) {
      this.stopSharing();
      return;
    }
    try {
      const screen = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 15 } }, audio: true });
      const [picture] = screen.getVideoTracks();
      picture.contentHint = "detail";
      picture.onended = () => this.stopSharing();
      part(this, "screen").srcObject = screen;
      this.seat.share(screen);
    } catch {
      // they have changed their mind, or the browser cannot: nothing is shared
    }
    this.show();
  }

  stopSharing() {
    if (!this.seat || !this.seat.screen) return;
    this.seat.screen.getTracks().forEach((track) => track.stop());
    this.seat.share(null);
    part(this, "screen").srcObject = null;
    this.show();
  }

  /** @param {import("./lesson_seat.js").Standing} standing */
  stand(standing) {
    this.standing = standing;
    this.standingAt = performance.now();
    if (standing.state === "cancelled" || standing.state === "ended") location.replace(this.recordPath());
    this.show();
    this.showLearners();
  }

  recordPath() {
    return `/lessons/${this.getAttribute("lesson")}`;
  }

  /** @param {"over" | "filed" | import("./signal.js").Why} end */
  finish(end) {
    this.end = end;
    if (this.seat && this.seat.screen) this.seat.screen.getTracks().forEach((track) => track.stop());
    if (this.own && end !== "over") this.own.close();
    if (end === "filed") location.replace(this.recordPath());
    this.show();
  }

  // the page

  show() {
    const { standing, seat } = this;
    const open = this.isOpen();
    this.dataset.state = this.end || (standing ? standing.state : "planned");
    const word = standing && open ? standing.word : null;
    const sharing = Boolean(seat && seat.screen && open);
    part(this, "word-figure").hidden = word === null;
    part(this, "screen-figure").hidden = !sharing;
    part(this, "own-figure").classList.toggle("large", word === null && !sharing);
    part(this, "screen-figure").classList.toggle("large", sharing);
    part(this, "word-figure").classList.toggle("large", word !== null && !sharing);
    if (word !== null) write(part(this, "word-name"), t("{name} 正在发言", { name: this.nameOf(word) }));
    part(this, "share").disabled = part(this, "end").disabled = !open;
    part(this, "share").setAttribute("aria-pressed", String(sharing));
    write(part(this, "share-text"), sharing ? t("停止共享") : t("共享屏幕"));
    this.showOver();
    this.tick();
  }

  showOver() {
    const [title, text] = this.sentences();
    write(part(this, "title"), title);
    write(part(this, "text"), text);
    part(this, "over").hidden = title === "";
    part(this, "open").hidden = !(this.end === "" && this.standing && this.standing.state === "planned");
    part(this, "here").hidden = this.end !== "elsewhere" && this.end !== "mistake";
    part(this, "record").hidden = this.end !== "over";
  }

  /** @returns {[string, string]} */
  sentences() {
    const { standing, seat } = this;
    if (this.end === "over" || this.end === "filed") return [t("下课了"), t("正在封存录像、记下出勤，马上就好。")];
    if (this.end === "elsewhere") return [t("您在另一个窗口打开了这节课"), t("同一时间只能在一个地方上课。")];
    if (this.end === "no_session") return [t("请重新登录"), t("登录已经过期。课还在，重新登录就能回来。")];
    if (this.end === "not_found") return [t("这节课不归您上"), t("可能有别的老师正在上，或者已经取消。")];
    if (this.end) return [t("这一页出了点问题"), t("不是您的错。请再试一次。")];
    const link = seat ? seat.link : "joining";
    if (link === "away") return [t("网络断了，正在接回来"), t("课还在，请留在这一页。")];
    if (!standing) return [t("正在进教室……"), this.trouble];
    if (standing.state === "planned")
      return [
        t("还没上课"),
        this.trouble || t("{here} 人已经到了，一共 {of} 人。点“开始上课”以后才录像。", { here: standing.here, of: standing.of }),
      ];
    if (link !== "connected") return [t("正在接通……"), ""];
    return ["", ""];
  }

  /** @param {import("./lesson_seat.js").ClassNews} news */
  showClass(news) {
    this.news = news;
    this.showLearners();
  }

  /** Hands first, in their order; then everybody by number. */
  showLearners() {
    const { learners, hands } = this.news;
    const word = this.standing ? this.standing.word : null;
    const here = learners.filter((each) => each.here === "present" || each.here === "connected").length;
    write(part(this, "count"), `${here}/${learners.length}`);
    write(part(this, "hands"), hands.length ? t("{n} 人举手，先举的排在前面", { n: hands.length }) : t("没有人举手"));
    const rank = (/** @type {number} */ place) => (place === word ? -1 : hands.includes(place) ? hands.indexOf(place) : hands.length + place);
    const sorted = [...learners].sort((a, b) => rank(a.place) - rank(b.place));
    const list = part(this, "learners");
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.place : undefined;
    list.replaceChildren(...sorted.map((each) => this.row(each, word)));
    if (focused) list.querySelector(`[data-place="${focused}"]`)?.focus();
  }

  /** @param {{ place: number, name: string, here: string }} learner @param {number | null} word */
  row({ place, name, here }, word) {
    const speaks = place === word;
    const hand = this.news.hands.indexOf(place);
    const [look, text] = presence(here);
    const give = h(
      "button",
      {
        class: speaks ? "btn danger" : hand >= 0 ? "btn main" : "btn",
        type: "button",
        "data-place": place,
        disabled: !this.isOpen() || (!speaks && here !== "connected"),
        "aria-label": speaks ? t("收回 {name} 的发言", { name }) : t("请发言：{name}", { name }),
        click: () => this.seat && this.seat.say("word", { place: speaks ? null : place }),
      },
      speaks ? t("收回") : t("请发言"),
    );
    const state = speaks
      ? h("span", { class: "tag info" }, t("正在发言"))
      : hand >= 0
        ? h("span", { class: "tag doubt" }, t("举手 第 {n} 个", { n: hand + 1 }))
        : h("span", { class: `tag ${look}` }, text);
    return h(
      "li",
      { class: "item row" },
      h("span", { class: "n num" }, String(place)),
      h("span", { class: "grow" }, h("b", {}, name), h("br"), state),
      give,
    );
  }

  /** @param {number} place */
  nameOf(place) {
    const [found] = this.news.learners.filter((each) => each.place === place);
    return found ? found.name : t("学员 {n}", { n: place });
  }

  /** @param {"good" | "fair" | "weak"} signal */
  showSignal(signal) {
    const tag = part(this, "quality");
    tag.hidden = false;
    tag.className = `tag bars ${signal} ${signal === "good" ? "ok" : "tech"}`;
    write(tag, signal === "good" ? t("信号好") : signal === "fair" ? t("信号一般") : t("网络较弱，声音优先"));
  }

  tick() {
    const tag = part(this, "recording");
    tag.hidden = !this.isOpen();
    if (!this.standing || this.standing.live_s === null) return;
    const passed_s = this.standing.live_s + (performance.now() - this.standingAt) / 1000;
    write(tag, t("录像中 {time}", { time: dial(passed_s) }));
  }
}

/** @param {string} here @returns {[string, string]} */
function presence(here) {
  switch (here) {
    case "connected":
      return ["ok", t("在课堂")];
    case "present":
      return ["info", t("到了")];
    case "lost":
      return ["tech", t("断线了，正在接回来")];
    default:
      return ["tech", t("没到")];
  }
}

customElements.define("fw-teacher", Teacher);
