// @ts-check
/** <fw-enrol>: takes the reference pictures with the camera, pose by pose, with a hint before each; files work as well. */

import { adviceSentence, troubleSentences } from "./advice.js";
import { isOfPicture, say } from "./device_check.js";
import { takePicture } from "./devices.js";
import { h, icon, part, write } from "./dom.js";
import { OwnMedia } from "./own_media.js";
import { judged, mayBeSent, refused, roomFor, usable, withOneMore } from "./shots.js";
import { loadWords, t } from "./words.js";

const LOOK_EVERY = 1000; // ms
const SHOT_WIDTH = 1280; // px; what the camera gives, up to this
const SHOT_QUALITY = 0.92;

/** @typedef {import("./shots.js").Shot} Shot */
/** @typedef {{ title: string, pictures?: string[][], detail?: string }} Refusal  ours, or problem+json of any error */

const NOT_SENT = () => t("没有传到。照片都还在，请再试一次。"); // when words have been loaded

class Enrol extends HTMLElement {
  constructor() {
    super();
    /** @type {Shot[]} */
    this.shots = [];
    /** @type {import("./device_check.js").Look | null} */
    this.look = null;
    this.camera = false;
    this.looking = false;
    this.sending = false;
    this.timer = 0;
    this.fewest = 3;
    this.most = 5;
    /** @type {HTMLInputElement[]} */
    this.inputs = [];
  }

  async connectedCallback() {
    await loadWords();
    const form = /** @type {HTMLFormElement} */ (this.querySelector("form"));
    this.inputs = /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll('input[type="file"]')]);
    for (const input of this.inputs) {
      input.required = false; // the script asks for the fewest itself, and files are put in for the person
      const field = /** @type {HTMLElement | null} */ (input.closest(".field"));
      if (field) field.hidden = true;
    }
    this.fewest = Number(this.getAttribute("min") || "3");
    this.most = this.inputs.length;
    form.prepend(this.parts());
    this.submit = /** @type {HTMLButtonElement} */ (form.querySelector("button:not([type])"));
    this.own = new OwnMedia(part(this, "own"), (trouble) => this.opened(trouble));
    part(this, "shoot").addEventListener("click", () => this.shoot());
    part(this, "own").addEventListener("loadeddata", () => this.show()); // before its first picture there is none to take
    part(this, "files").addEventListener("change", (/** @type {any} */ { target }) => this.addFiles(target));
    form.addEventListener("submit", (event) => this.send(form, event));
    this.timer = window.setInterval(() => this.watch(), LOOK_EVERY);
    this.show();
    await this.own.open();
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    if (this.own) this.own.close();
    this.shots.forEach(({ address }) => URL.revokeObjectURL(address));
  }

  parts() {
    return h(
      "div",
      { class: "capture", "data-part": "capture" },
      h(
        "div",
        { class: "notice doubt", role: "alert", "data-part": "refusal", hidden: true },
        icon("circle-alert"),
        h("b", { "data-part": "refusal-text" }),
      ),
      h(
        "div",
        { class: "video scene" },
        h("video", {
          class: "mirrored",
          "data-part": "own",
          playsinline: true,
          autoplay: true,
          muted: true,
          "aria-label": t("摄像头的画面"),
        }),
        h("span", { class: "oval", "aria-hidden": "true" }),
        h(
          "div",
          { class: "say" },
          h("b", { "data-part": "pose", role: "status" }),
          h("span", { "data-part": "hint", role: "status" }),
        ),
      ),
      h(
        "div",
        { class: "row" },
        h(
          "button",
          { class: "btn main", "data-part": "shoot", type: "button" },
          icon("camera"),
          h("span", {}, t("拍这一张")),
        ),
        h(
          "label",
          { class: "btn from-file" },
          icon("image-plus"),
          t("从文件选照片"),
          h("input", {
            class: "sr",
            "data-part": "files",
            type: "file",
            accept: "image/jpeg,image/png",
            multiple: true,
          }),
        ),
        h("span", { class: "soft", "data-part": "count", role: "status" }),
      ),
      h("ol", { class: "shots", "data-part": "shots" }),
    );
  }

  /** @param {import("./devices.js").Trouble | null} trouble */
  opened(trouble) {
    this.camera = this.own !== undefined && this.own.stream.getVideoTracks().length > 0;
    part(this, "shoot").hidden = !this.camera;
    if (!this.camera && trouble)
      write(part(this, "hint"), t("{title}。也可以从文件选照片。", { title: troubleSentences(trouble).title }));
    this.show();
  }

  /** Asks once a second what is wrong with the picture; nothing is kept. */
  async watch() {
    if (!this.camera || document.hidden || this.looking || !roomFor(this.shots, this.most)) return;
    this.looking = true;
    const picture = await takePicture(part(this, "own"));
    this.look = picture ? await this.ask(picture) : null;
    this.looking = false;
    this.hint();
  }

  /** @param {Blob} picture @returns {Promise<import("./device_check.js").Look | null>} */
  async ask(picture) {
    const headers = { "Content-Type": "image/jpeg", Accept: "application/json" };
    try {
      const reply = await fetch(this.getAttribute("look-url") || "", { method: "POST", body: picture, headers });
      const seen = reply.status === 200 ? await reply.json() : null;
      return seen && isOfPicture(seen) ? seen : null;
    } catch {
      return null; // hints are a help; the pictures are judged when they are sent
    }
  }

  hint() {
    part(this, "capture").dataset.look = this.look === null ? "unknown" : this.look.ok ? "good" : "help";
    if (this.camera) write(part(this, "hint"), sentenceOf(this.look));
  }

  async shoot() {
    const picture = await takePicture(part(this, "own"), SHOT_WIDTH, SHOT_QUALITY);
    if (picture)
      await this.add(
        new File([picture], `${this.shots.length + 1}.jpg`, { type: "image/jpeg" }),
        await takePicture(part(this, "own")),
      );
  }

  /** @param {HTMLInputElement} input */
  async addFiles(input) {
    for (const file of input.files || []) await this.add(file, null);
    input.value = "";
  }

  /** @param {File} file @param {Blob | null} small the same for the hint; null: it is not asked for */
  async add(file, small) {
    if (!roomFor(this.shots, this.most)) return;
    /** @type {Shot} */
    const shot = { file, address: URL.createObjectURL(file), look: null, said: null };
    const former = this.shots;
    this.shots = withOneMore(former, shot, this.most);
    for (const each of former) if (!this.shots.includes(each)) URL.revokeObjectURL(each.address);
    this.show();
    if (small) shot.look = await this.ask(small);
    this.show();
  }

  /** @param {Shot} shot */
  discard(shot) {
    URL.revokeObjectURL(shot.address);
    this.shots = this.shots.filter((each) => each !== shot);
    this.show();
    part(this, this.camera ? "shoot" : "files").focus();
  }

  /**
   * Sends them without leaving the page: what is refused is taken again, and the good ones are still here.
   * @param {HTMLFormElement} form @param {Event} event
   */
  async send(form, event) {
    event.preventDefault();
    this.fillIn();
    this.sending = true;
    this.refuse(null);
    try {
      const headers = { Accept: "application/json" };
      const reply = await fetch(form.action, { method: "POST", body: new FormData(form), headers });
      const said = (reply.headers.get("Content-Type") || "").includes("json") ? await reply.json() : null;
      if (reply.ok && !said) return location.assign(reply.url); // the session is over: this is the sign-in page
      if (said && said.done) return location.assign(said.done);
      this.refuse(said || { title: NOT_SENT() });
    } catch {
      this.refuse({ title: NOT_SENT() });
    }
    this.sending = false;
    this.show();
  }

  /** @param {Refusal | null} refusal null: nothing is wrong any more */
  refuse(refusal) {
    if (refusal && refusal.pictures) this.shots = judged(this.shots, refusal.pictures);
    part(this, "refusal").hidden = refusal === null;
    write(part(this, "refusal-text"), refusal ? [refusal.title, refusal.detail].filter(Boolean).join(" ") : "");
    this.show();
  }

  /** Puts the pictures into the form's own fields: it is sent as if they had been chosen there. */
  fillIn() {
    this.inputs.forEach((input, i) => {
      const files = new DataTransfer();
      if (this.shots[i]) files.items.add(this.shots[i].file);
      input.files = files.files;
    });
  }

  show() {
    const { shots, most, fewest } = this;
    const full = !roomFor(shots, most);
    const again = shots.findIndex(refused);
    const pose = full ? t("够了，可以检查并登记") : poseSentence(again < 0 ? shots.length : again);
    write(part(this, "pose"), pose);
    write(part(this, "count"), t("已有 {n} 张，要 {fewest} 到 {most} 张", { n: usable(shots), fewest, most }));
    part(this, "shoot").disabled = full || !part(this, "own").videoWidth;
    part(this, "files").disabled = full;
    const enough = mayBeSent(shots, fewest) && !this.sending;
    part(this, "shoot").classList.toggle("main", !enough);
    if (this.submit) this.submit.disabled = !enough;
    if (this.submit) this.submit.classList.toggle("main", enough);
    part(this, "shots").replaceChildren(...shots.map((shot, i) => this.shotParts(shot, i + 1)));
  }

  /** @param {Shot} shot @param {number} n */
  shotParts(shot, n) {
    const { look, said } = shot;
    const wrong = said !== null ? said.join(" · ") : look === null || look.ok ? "" : sentenceOf(look);
    const known = said !== null || look !== null;
    const tag = known ? h("span", { class: `tag ${wrong ? "doubt" : "ok"}` }, wrong || t("可以用")) : "";
    return h(
      "li",
      {},
      h("img", { src: shot.address, alt: t("第 {n} 张", { n }) }),
      h(
        "button",
        { class: "btn", type: "button", "aria-label": t("去掉第 {n} 张", { n }), click: () => this.discard(shot) },
        icon("x"),
      ),
      tag,
    );
  }
}

/** @param {import("./device_check.js").Look | null} look */
function sentenceOf(look) {
  return adviceSentence(
    say({ face: true, camera: true, microphone: true, heard: true, silent_s: 0, round_trip_ms: 0, look }).advice,
  );
}

/** @param {number} taken */
function poseSentence(taken) {
  switch (taken) {
    case 0:
      return t("第 1 张：正对镜头");
    case 1:
      return t("第 2 张：头稍微转向左边");
    case 2:
      return t("第 3 张：头稍微转向右边");
    case 3:
      return t("第 4 张：正对镜头，微笑");
    default:
      return t("第 5 张：离镜头远一点");
  }
}

customElements.define("fw-enrol", Enrol);
