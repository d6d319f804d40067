// @ts-check
/** The words on the screen: t("中文") is what is written, or its English when the page is read in English. */

/** @type {Record<string, string>} */
let sentences = {};

/** Reads the page's language once; Chinese is in the code and needs nothing. Without the words the page speaks Chinese. */
export async function loadWords() {
  const language = document.documentElement.lang;
  if (language.startsWith("zh")) return;
  try {
    const reply = await fetch(`/words.json?lang=${encodeURIComponent(language)}`);
    if (reply.ok) sentences = await reply.json();
  } catch {
    // a page that speaks Chinese is better than one that does not start
  }
}

/**
 * The sentence in the page's language, with `{name}` filled from `values`.
 * @param {string} sentence @param {Record<string, string | number>} [values]
 */
export function t(sentence, values = {}) {
  return (sentences[sentence] || sentence).replace(/\{(\w+)\}/g, (slot, name) =>
    name in values ? String(values[name]) : slot,
  );
}
