// @ts-check
/** The one way any state of a page changes: a table from state and cue to state, and step(). */

/** @typedef {Readonly<Record<string, Readonly<Record<string, string>>>>} Table */

/** `cue` means nothing in `state`; nothing has happened. */
export class IllegalCue extends Error {
  /** @param {string} state @param {string} cue */
  constructor(state, cue) {
    super(`${cue} is not possible while ${state}`);
    this.state = state;
    this.cue = cue;
  }
}

/**
 * The state after `cue`, or IllegalCue; nothing else may change a state.
 * @param {Table} table @param {string} state @param {string} cue
 */
export function step(table, state, cue) {
  if (!allows(table, state, cue)) throw new IllegalCue(state, cue);
  return table[state][cue];
}

/** @param {Table} table @param {string} state @param {string} cue */
export function allows(table, state, cue) {
  return Object.prototype.hasOwnProperty.call(table[state], cue);
}
