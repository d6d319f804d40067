// @ts-check
/** <fw-copy from="id">: its button copies the field `id`, and says so. Without it the field can still be selected. */

import { loadWords, t } from "./words.js";

const SAY_FOR = 4000; // ms

class Copy extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector("button");
    const field = /** @type {HTMLInputElement | null} */ (document.getElementById(this.getAttribute("from") || ""));
    const label = button && button.querySelector("span");
    if (!button || !field || !label) return;
    const before = label.textContent;
    button.addEventListener("click", async () => {
      field.select();
      // Only secure pages have a clipboard; on others the browser's own command still works on what is selected.
      if (navigator.clipboard) await navigator.clipboard.writeText(field.value);
      else document.execCommand("copy");
      label.textContent = t("已复制");
      setTimeout(() => (label.textContent = before), SAY_FOR);
    });
  }
}

await loadWords();
customElements.define("fw-copy", Copy);
