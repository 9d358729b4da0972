// What the journey asks of a browser, whichever it is.
// @ts-check

/**
 * @typedef {object} Browser
 * @property {(url: string) => Promise<void>} open
 * @property {() => Promise<void>} reload
 * @property {(selector: string) => Promise<void>} click as a user does, at the middle of the first such element
 * @property {(selector: string, text: string) => Promise<void>} type puts this text in place of what a field holds
 * @property {(expression: string) => Promise<any>} evaluate a JavaScript expression in the page; its value as plain data
 * @property {() => string[]} problems uncaught errors of the page since the start, where the browser tells
 * @property {() => Promise<void>} close
 */

/** @param {number} ms */
export const wait = (ms) => new Promise((done) => setTimeout(done, ms));

/**
 * @param {string} what
 * @param {number} limitMs
 * @param {() => Promise<boolean>} isSo
 */
export async function until(what, limitMs, isSo) {
  const endMs = performance.now() + limitMs;
  while (performance.now() < endMs) {
    if (await isSo()) return;
    await wait(100);
  }
  throw new Error(`not within ${limitMs / 1000} s: ${what}`);
}
