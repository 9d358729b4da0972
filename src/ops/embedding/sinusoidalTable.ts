// Fixed positions as sines and cosines of geometrically growing wavelengths (Vaswani et al. 2017 §3.5).

/**
 * Row p: sin(p / 10000^(2i / width)) in column 2i, the cosine of the same in column 2i + 1.
 * @returns [contextLength, width], flat
 */
export function sinusoidalTable(contextLength: number, width: number): Float32Array {
  const table = new Float32Array(contextLength * width);
  for (let column = 0; column < width; column++) {
    const even = column - (column % 2);
    const frequency = 10_000 ** (-even / width);
    const wave = column === even ? Math.sin : Math.cos;
    for (let position = 0; position < contextLength; position++) {
      table[position * width + column] = wave(position * frequency);
    }
  }
  return table;
}
