// Rotary positions against plain loops in double precision, on every backend; the table; sizes that do not go together.
import { beforeAll, describe, expect, it } from 'vitest';
import { TEST_BACKENDS, useBackend } from '../../../scripts/testBackend.ts';
import * as tf from '../../engine/tf.ts';
import { Random } from '../../random/random.ts';
import { opDeviation, randomOperand, worstOf } from '../testing/deviation.ts';
import { rotary } from './rotary.ts';
import { rotaryTable } from './rotaryTable.ts';

interface Sizes {
  readonly rows: number;
  readonly width: number;
  readonly rotated: number;
  readonly headSize: number;
  readonly length: number;
  /** Position of the first token. */
  readonly first: number;
}

/** Each pair as a complex number times e^(i·angle). */
const loops =
  ({ width, rotated, headSize, length, first }: Sizes) =>
  (x: Float64Array): Float64Array =>
    x.map((value, i) => {
      const column = i % width;
      if (column >= rotated) return value;
      const pair = (column % headSize) >> 1;
      const position = first + (Math.floor(i / width) % length);
      const angle = position / 10_000 ** ((2 * pair) / headSize);
      const other = x[column % 2 === 0 ? i + 1 : i - 1] ?? Number.NaN;
      return value * Math.cos(angle) + (column % 2 === 0 ? -other : other) * Math.sin(angle);
    });

describe.each(TEST_BACKENDS)('rotary on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each([
    { rows: 1, width: 2, rotated: 2, headSize: 2, length: 1, first: 7, size: 1 },
    { rows: 3, width: 7, rotated: 6, headSize: 2, length: 3, first: 0, size: 1 },
    { rows: 10, width: 18, rotated: 12, headSize: 6, length: 5, first: 0, size: 1 },
    { rows: 6, width: 24, rotated: 16, headSize: 8, length: 3, first: 100, size: 1e4 },
    { rows: 4, width: 8, rotated: 8, headSize: 4, length: 2, first: 3, size: 1 },
  ])('turns $rotated of $width columns by heads of $headSize, forward and backward', async (given) => {
    const { rows, width, headSize, length, first, size } = given;
    const random = new Random(41, rows, width);
    const table = tf.tensor2d(rotaryTable(first, length + 1, headSize), [length + 1, headSize]);
    const op = (x: tf.Tensor2D): tf.Tensor2D => rotary(x, table, given.rotated, length);
    const deviation = await opDeviation(op, loops(given), [randomOperand(random, [rows, width], size)], random);
    // Differences of values of 10⁴ cost the reference's slopes some digits.
    expect(worstOf(deviation)).toBeLessThan(size === 1 ? 2e-6 : 1e-5);
    table.dispose();
  });
});

describe('the table', () => {
  it('holds for a position the same wherever it begins, and turns nothing at position 0', () => {
    const whole = rotaryTable(0, 9, 6);
    expect([...whole.subarray(0, 6)]).toEqual([1, 0, 1, 0, 1, 0]);
    expect(rotaryTable(5, 4, 6)).toEqual(whole.subarray(5 * 6));
  });

  it('is as precise at position 123,456 as at 1', () => {
    const [cosine, sine] = rotaryTable(123_456, 1, 4).subarray(2);
    // The angle is 1,234.56, which is 196 turns and 3.0560… less.
    const rest = 1234.56 - 196 * 2 * Math.PI;
    expect(cosine).toBeCloseTo(Math.cos(rest), 6);
    expect(sine).toBeCloseTo(Math.sin(rest), 6);
  });

  it('makes products of queries and keys depend on their distance alone', async () => {
    await useBackend('cpu');
    const random = new Random(42);
    const [query, key] = [randomOperand(random, [1, 8]), randomOperand(random, [1, 8])];
    const product = (at: number, distance: number): number =>
      tf.tidy(() => {
        const [q, k] = [query, key].map(({ values }, i) =>
          rotary(tf.tensor2d([...values], [1, 8]), tf.tensor2d(rotaryTable(at + i * distance, 1, 8), [1, 8]), 8, 1),
        );
        return q && k ? (tf.sum(tf.mul(q, k)).dataSync()[0] ?? Number.NaN) : Number.NaN;
      });
    expect(product(40, 9)).toBeCloseTo(product(0, 9), 5);
    expect(Math.abs(product(0, 9) - product(0, 8))).toBeGreaterThan(0.01);
  });
});

describe('sizes that do not go together', () => {
  beforeAll(() => useBackend('cpu'));
  const turn = (columns: number, headSize: number, rotated: number, length = 1) =>
    tf.tidy(() => rotary(tf.zeros([2, columns]), tf.zeros([1, headSize]), rotated, length));

  it('are refused, with sizes that would do', () => {
    expect(() => rotaryTable(0, 1, 5)).toThrow(
      new RangeError(
        'Rotary positions turn pairs of columns, and a head of 5 cannot be paired up: give heads 4 or 6 columns.',
      ),
    );
    expect(() => turn(6, 1, 6)).toThrow('give heads 2 columns.');
    expect(() => turn(24, 8, 12)).toThrow('turn whole heads, for example 16 columns.');
    expect(() => turn(24, 8, 32)).toThrow('turn whole heads, for example 24 columns.');
    expect(() => turn(8, 8, 8, 2)).toThrow('2 rows are not whole sequences of 2 tokens within a table of 1 positions.');
  });
});
