// Figures of several rounds as one: medians, ranges and ratios. Pure.
// @ts-check

/**
 * Median and range over rounds.
 * @typedef {{ readonly median: number, readonly low: number, readonly high: number }} Spread
 */

/**
 * @param {readonly number[]} values at least one
 * @returns {Spread}
 */
export function spreadOf(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (/** @type {number} */ index) => sorted.at(index) ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return { median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2, low: at(0), high: at(-1) };
}

/**
 * Round by round, since what slows a machine down for a while slows both.
 * @param {readonly number[]} values
 * @param {readonly number[]} others as many
 */
export const ratioOf = (values, others) => spreadOf(values.map((value, i) => value / (others[i] ?? Number.NaN)));

/** @type {(value: number) => string} three digits that mean something */
export function figure(value) {
  if (!Number.isFinite(value)) return '–';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.max(Math.abs(value), 1e-3))));
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** @type {(spread: Spread) => string} "12.0 (11.5–13.1)" */
export const range = ({ median, low, high }) =>
  low === high ? figure(median) : `${figure(median)} (${figure(low)}–${figure(high)})`;

/** @type {(share: number) => string} */
export const percent = (share) => `${Math.round(100 * share)} %`;

/** @type {(bytes: number) => string} */
export const megabytes = (bytes) => `${figure(bytes / 1e6)} MB`;
