// @ts-check
/** Who should be on the other side, for an officer to compare by eye: portrait, full name, and the number if asked for. */

import { h, write } from "./dom.js";
import { t } from "./words.js";

/** @typedef {{ name: string, idNumber: string, portrait: string | null, numberUrl: string }} Who  `idNumber`: masked */

/** @param {Who} who */
export function whoCard({ name, idNumber, portrait, numberUrl }) {
  const number = h("span", { class: "num", "data-part": "id-number" }, idNumber);
  const wrong = h("p", { class: "wrong", role: "alert", hidden: true }, t("现在看不到，请再试一次。"));
  const show = h(
    "button",
    {
      class: "btn quiet",
      type: "button",
      "data-part": "show-number",
      click: async () => {
        const whole = await wholeNumber(numberUrl);
        wrong.hidden = whole !== null;
        if (whole === null) return;
        write(number, whole);
        show.hidden = true;
      },
    },
    t("显示完整号码"),
  );
  return h(
    "div",
    { class: "who-card", "data-part": "who" },
    portrait === null
      ? h("p", { class: "none soft" }, t("还没有登记照"))
      : h(
          "figure",
          {},
          h("div", { class: "video" }, h("img", { src: portrait, alt: t("{name} 的登记照", { name }) })),
          h("figcaption", {}, t("登记照")),
        ),
    h(
      "div",
      {},
      h("p", {}, h("b", { "data-part": "full-name" }, name)),
      h("p", {}, h("small", {}, t("身份证号"))),
      h("p", {}, number),
      show,
      h("p", {}, h("small", {}, t("显示会被记录"))),
      wrong,
    ),
  );
}

/** The server writes down who asked before it answers. @param {string} url @returns {Promise<string | null>} */
async function wholeNumber(url) {
  try {
    const reply = await fetch(url, { method: "POST", headers: { Accept: "application/json" } });
    return reply.status === 200 ? (await reply.json()).id_number : null;
  } catch {
    return null; // the network is away
  }
}
