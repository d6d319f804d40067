// @ts-check
/** <fw-invitation>: reads the notice aloud where the phone has a Chinese voice, and helps out of apps without a camera. */

import { troubleSentences } from "./advice.js";
import { part } from "./dom.js";
import { loadWords, t } from "./words.js";

const SAY_FOR = 4000; // ms

class Invitation extends HTMLElement {
  async connectedCallback() {
    await loadWords();
    if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) this.helpOut();
    if (window.speechSynthesis) {
      this.offerVoice();
      speechSynthesis.onvoiceschanged = () => this.offerVoice(); // Chrome loads its voices late
    }
  }

  disconnectedCallback() {
    if (window.speechSynthesis) speechSynthesis.cancel();
  }

  offerVoice() {
    const [voice] = speechSynthesis
      .getVoices()
      .filter(({ lang }) => lang.replace("_", "-").startsWith(document.documentElement.lang.slice(0, 2)));
    const button = part(this, "read");
    button.hidden = !voice;
    if (voice) button.onclick = () => this.read(voice);
  }

  /** @param {SpeechSynthesisVoice} voice */
  read(voice) {
    const label = part(this, "read").querySelector("span");
    if (speechSynthesis.speaking) {
      speechSynthesis.cancel();
      return;
    }
    const title = this.querySelector("h1");
    const texts = [title, part(this, "spoken"), part(this, "notice")].map((each) => each.innerText || each.textContent);
    // One utterance a sentence: Chrome falls silent in a long one.
    const sentences = texts.join("\n").match(/[^。；！？\n]+[。；！？]?/g) || [];
    sentences.forEach((sentence, i) => {
      const utterance = new SpeechSynthesisUtterance(sentence);
      utterance.voice = voice;
      utterance.lang = voice.lang;
      utterance.rate = 0.9; // a little slower than usual: it is a legal notice
      if (i === sentences.length - 1) utterance.onend = utterance.onerror = () => (label.textContent = t("读给我听"));
      speechSynthesis.speak(utterance);
    });
    label.textContent = t("停下");
  }

  helpOut() {
    const link = part(this, "link");
    link.value = location.href;
    if (!window.isSecureContext) {
      // Another browser would not help: it is the address that has no camera.
      const { title, text } = troubleSentences("insecure");
      part(this, "in-app-title").textContent = title;
      part(this, "in-app-text").textContent = text;
      link.hidden = part(this, "copy").hidden = true;
    }
    part(this, "in-app").hidden = false;
    part(this, "copy").addEventListener("click", async () => {
      link.select();
      // Without a secure address there is no clipboard; the browser's own command copies what is selected.
      if (navigator.clipboard) await navigator.clipboard.writeText(link.value);
      else document.execCommand("copy");
      const label = part(this, "copy").querySelector("span");
      label.textContent = t("已复制，请粘贴到浏览器里");
      setTimeout(() => (label.textContent = t("复制链接")), SAY_FOR);
    });
  }
}

customElements.define("fw-invitation", Invitation);
