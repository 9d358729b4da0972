// A sample that is the same for the same seed, whatever the machine.
// @ts-check

/**
 * @template T
 * @param {readonly T[]} items @param {number} count @param {number} seed a whole number
 * @returns {T[]} `count` of them (or all, if fewer), in their own order
 */
export function sample(items, count, seed) {
  const random = mulberry32(seed);
  return items
    .map((item, index) => ({ item, index, order: random() }))
    .sort((a, b) => a.order - b.order)
    .slice(0, count)
    .sort((a, b) => a.index - b.index)
    .map(({ item }) => item);
}

/** @param {number} seed @returns {() => number} numbers from 0 up to 1 (Tommy Ettinger's generator) */
function mulberry32(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
