// The three layouts of a matrix product, and column sums, against plain loops in double precision, on every backend.
import { beforeAll, describe, expect, it } from 'vitest';
import { TEST_BACKENDS, useBackend } from '../../../scripts/testBackend.ts';
import * as tf from '../../engine/tf.ts';
import { Random } from '../../random/random.ts';
import { largestDeviation, randomOperand, tensorOf, type Operand } from '../testing/deviation.ts';
import { columnSums, matMulNN, matMulNT, matMulTN, weightGradient } from './matMul.ts';

/** Entry [row, column] of an operand, read transposed if asked. */
function entry({ shape, values }: Operand, row: number, column: number, transposed: boolean): number {
  const width = shape[1] ?? 0;
  return values[transposed ? column * width + row : row * width + column] ?? Number.NaN;
}

const LAYOUTS = [
  { name: 'NN', product: matMulNN, transposesA: false, transposesB: false },
  { name: 'NT', product: matMulNT, transposesA: false, transposesB: true },
  { name: 'TN', product: matMulTN, transposesA: true, transposesB: false },
];
const SIZES = [
  { m: 1, k: 1, n: 1 },
  { m: 1, k: 6, n: 5 },
  { m: 6, k: 1, n: 3 },
  { m: 5, k: 9, n: 1 },
  { m: 13, k: 37, n: 18 },
];

describe.each(TEST_BACKENDS)('on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each(LAYOUTS)('the layout $name is right on ragged sizes', async ({ product, transposesA, transposesB }) => {
    for (const { m, k, n } of SIZES) {
      const random = new Random(4, m, k, n);
      const a = randomOperand(random, transposesA ? [k, m] : [m, k]);
      const b = randomOperand(random, transposesB ? [n, k] : [k, n]);
      const expected = Float64Array.from({ length: m * n }, (_, i) => {
        let sum = 0;
        for (let j = 0; j < k; j++) {
          sum += entry(a, Math.floor(i / n), j, transposesA) * entry(b, j, i % n, transposesB);
        }
        return sum;
      });
      const c = tf.tidy(() => product(tensorOf(a) as tf.Tensor2D, tensorOf(b) as tf.Tensor2D));
      expect(c.shape).toEqual([m, n]);
      expect(largestDeviation(await c.data(), expected), `${m} ${k} ${n}`).toBeLessThan(2e-6);
      c.dispose();
    }
  });

  it('columnSums is right on ragged sizes', async () => {
    for (const [rows, columns] of [
      [1, 1],
      [1, 5],
      [7, 1],
      [33, 6],
    ] as const) {
      const x = randomOperand(new Random(5, rows, columns), [rows, columns]);
      const expected = Float64Array.from({ length: columns }, (_, column) => {
        let sum = 0;
        for (let row = 0; row < rows; row++) sum += entry(x, row, column, false);
        return sum;
      });
      const sums = tf.tidy(() => columnSums(tensorOf(x) as tf.Tensor2D));
      expect(sums.shape).toEqual([columns]);
      expect(largestDeviation(await sums.data(), expected), `${rows} ${columns}`).toBeLessThan(2e-6);
      sums.dispose();
    }
  });

  it('weightGradient is the product TN with the column sums', async () => {
    const random = new Random(6);
    const [x, dy] = [randomOperand(random, [11, 5]), randomOperand(random, [11, 7])];
    const outputs = tf.tidy(() => {
      const [left, right] = [tensorOf(x) as tf.Tensor2D, tensorOf(dy) as tf.Tensor2D];
      return [...weightGradient(left, right), matMulTN(left, right), columnSums(right)];
    });
    const [dW, db, product, sums] = await Promise.all(outputs.map((output) => output.data()));
    expect(outputs.slice(0, 2).map(({ shape }) => shape)).toEqual([[5, 7], [7]]);
    expect([dW, db]).toEqual([product, sums]);
    tf.dispose(outputs);
  });
});
