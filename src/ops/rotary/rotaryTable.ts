// Cosines and sines of rotary positions, made on this side in double precision: WGSL leaves the precision of its own to
// the device.

/**
 * Row r holds cos and sin, interleaved, of the angles p · base^(−2i / headSize) by which the pairs of columns (2i, 2i + 1)
 * turn at position p = firstPosition + r (Su et al. 2021 §3.4.2).
 * @returns [count, headSize], flat; column 2i is the cosine, 2i + 1 the sine
 * @throws RangeError for a head that has no pairs
 */
export function rotaryTable(firstPosition: number, count: number, headSize: number, base = 10_000): Float32Array {
  requirePairs(headSize);
  const table = new Float32Array(count * headSize);
  for (let column = 0; column < headSize; column += 2) {
    const frequency = base ** (-column / headSize);
    for (let row = 0; row < count; row++) {
      const angle = (firstPosition + row) * frequency;
      table[row * headSize + column] = Math.cos(angle);
      table[row * headSize + column + 1] = Math.sin(angle);
    }
  }
  return table;
}

/** @throws RangeError for a head whose columns cannot be paired up */
export function requirePairs(headSize: number): void {
  if (headSize >= 2 && headSize % 2 === 0) return;
  const below = 2 * Math.floor(headSize / 2);
  const nearest = below >= 2 ? `${below} or ${below + 2}` : '2';
  throw new RangeError(
    `Rotary positions turn pairs of columns, and a head of ${headSize} cannot be paired up: give heads ${nearest} columns.`,
  );
}
