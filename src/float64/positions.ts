// What tells a model where a token stands, besides a learned table: sinusoids that are added (Vaswani et al. 2017 §3.5),
// rotations of queries and keys (Su et al. 2021), and a slope on attention scores (ALiBi, Press et al. 2022).
import { addAt, type Tape, type Value } from './tape.ts';

const BASE = 10_000;

/** [rows, C]: even columns sines, odd ones cosines of the position. @param length rows per sequence */
export function sinusoids(rows: number, width: number, length: number): Float64Array {
  return Float64Array.from({ length: rows * width }, (_, i) => {
    const column = i % width;
    const angle = (Math.floor(i / width) % length) / BASE ** ((column - (column % 2)) / width);
    return column % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
  });
}

export interface Rotated {
  /** Columns of a row. */
  readonly width: number;
  /** Heads to rotate: the first of the row. */
  readonly heads: number;
  readonly headSize: number;
  /** Rows per sequence. */
  readonly length: number;
}

/**
 * Turns neighbouring columns (2i, 2i + 1) of each head by position · 10000^(−2i/D).
 * @throws RangeError if a head has an odd number of columns
 */
export function rotated(tape: Tape, x: Value, { width, heads, headSize, length }: Rotated): Value {
  if (headSize % 2 !== 0) throw new RangeError(`A head of ${headSize} columns cannot be turned in pairs.`);
  const turn = (from: Float64Array, to: Float64Array, direction: 1 | -1): void => {
    for (let i = 0; i < from.length; i += 2) {
      const column = i % width;
      const inHead = column < heads * headSize;
      const position = Math.floor(i / width) % length;
      const angle = inHead ? (direction * position) / BASE ** ((column % headSize) / headSize) : 0;
      const [a, b] = [from[i] ?? 0, from[i + 1] ?? 0];
      addAt(to, i, a * Math.cos(angle) - b * Math.sin(angle));
      addAt(to, i + 1, a * Math.sin(angle) + b * Math.cos(angle));
    }
  };
  const values = new Float64Array(x.values.length);
  turn(x.values, values, 1);
  return tape.value(values, (own) => turn(own, x.gradient, -1));
}

/** How much a head's score falls with each token of distance. */
export const alibiSlope = (head: number, nHead: number): number => 2 ** ((-8 * (head + 1)) / nHead);
