// @ts-check
/** Small hands for the page: elements from words, icons from the sprite, parts found by name. Only text, never markup. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element. A function among the attributes listens to the event of that name; true is an empty attribute, false
 * and null leave it out.
 * @param {string} tag
 * @param {Record<string, string | number | boolean | null | ((event: any) => void)>} [attributes]
 * @param {...(Node | string)} children
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null) element.setAttribute(name, String(value));
  }
  element.append(...children);
  return element;
}

/** An icon of the page's sprite; words stand beside it, so it is silent. @param {string} name */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** The part of `root` marked data-part="name"; a page without it is a page of another version.
 * @param {ParentNode} root @param {string} name @returns {any} */
export function part(root, name) {
  const found = root.querySelector(`[data-part="${name}"]`);
  if (!found) throw new Error(`the page has no part ${name}`);
  return found;
}

/** Writes `text` if it changed: a status that is written again is read aloud again. @param {Element} element
 * @param {string} text */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Whether a key is meant for a field, a button or the browser, and not for the page. @param {KeyboardEvent} event */
export function belongsElsewhere({ target, key, ctrlKey, metaKey, altKey }) {
  const pressable = key === " " ? ", button, a, summary" : "";
  const taken = target instanceof Element && target.closest(`input, textarea, select, dialog${pressable}`) !== null;
  return taken || ctrlKey || metaKey || altKey;
}

/** Opens a question and says whether it was answered with yes. @param {any} dialog a <dialog> with buttons value="yes|no"
 * @returns {Promise<boolean>} */
export function asked(dialog) {
  return new Promise((done) => {
    dialog.returnValue = "no";
    dialog.addEventListener("close", () => done(dialog.returnValue === "yes"), { once: true });
    dialog.showModal();
  });
}

/** Plays `stream` with its sound; `blocked` is called when the browser wants a tap first.
 * @param {HTMLVideoElement} video @param {MediaStream} stream @param {() => void} blocked */
export function playAloud(video, stream, blocked) {
  if (video.srcObject !== stream) video.srcObject = stream;
  video.play().catch((error) => {
    if (error.name === "NotAllowedError") blocked();
  });
}
