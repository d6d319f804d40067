// @ts-check
/** <fw-pick-list>: who is chosen, counted; and a button that chooses everybody of one office. */

import { part, write } from "./dom.js";
import { loadWords, t } from "./words.js";

class PickList extends HTMLElement {
  connectedCallback() {
    this.addEventListener("change", () => this.count());
    for (const button of this.querySelectorAll("[data-all]")) {
      /** @type {HTMLElement} */ (button).hidden = false;
      button.addEventListener("click", () => this.all(button));
    }
    this.count();
  }

  /** @returns {HTMLInputElement[]} */
  boxes(root = /** @type {ParentNode} */ (this)) {
    return [...root.querySelectorAll('input[type="checkbox"]')].map((box) => /** @type {HTMLInputElement} */ (box));
  }

  /** @param {Element} button */
  all(button) {
    const boxes = this.boxes(button.closest(".office") || this);
    const choose = boxes.some((box) => !box.checked);
    boxes.forEach((box) => (box.checked = choose));
    this.count();
  }

  count() {
    write(part(this, "count"), t("已选 {n} 人", { n: this.boxes().filter((box) => box.checked).length }));
  }
}

await loadWords();
customElements.define("fw-pick-list", PickList);
