// The affine map and the tied output layer against plain loops in double precision, on every backend.
import { beforeAll, describe, expect, it } from 'vitest';
import { TEST_BACKENDS, useBackend } from '../../../scripts/testBackend.ts';
import { Random } from '../../random/random.ts';
import { opDeviation, randomOperand, worstOf } from '../testing/deviation.ts';
import { linear, tiedLogits } from './linear.ts';

const TOLERANCE = 5e-6;
const SIZES = [
  { n: 1, k: 1, m: 1 },
  { n: 1, k: 5, m: 3 },
  { n: 7, k: 3, m: 5 },
  { n: 9, k: 17, m: 11 },
  { n: 2, k: 67, m: 4 },
];

describe.each(TEST_BACKENDS)('on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each(SIZES)('linear is right for [$n, $k] · [$k, $m], forward and backward', async ({ n, k, m }) => {
    const loops = (x: Float64Array, weight: Float64Array, bias: Float64Array): Float64Array =>
      Float64Array.from({ length: n * m }, (_, i) => {
        let sum = bias[i % m] ?? 0;
        for (let j = 0; j < k; j++) sum += (x[Math.floor(i / m) * k + j] ?? 0) * (weight[j * m + (i % m)] ?? 0);
        return sum;
      });
    const random = new Random(2, n, k, m);
    const operands = [[n, k], [k, m], [m]].map((shape) => randomOperand(random, shape));
    expect(worstOf(await opDeviation(linear, loops, operands, random))).toBeLessThan(TOLERANCE);
  });

  it.each(SIZES)('tiedLogits is right for [$n, $k] and [$m, $k], forward and backward', async ({ n, k, m }) => {
    const loops = (x: Float64Array, embedding: Float64Array): Float64Array =>
      Float64Array.from({ length: n * m }, (_, i) => {
        let sum = 0;
        for (let j = 0; j < k; j++) sum += (x[Math.floor(i / m) * k + j] ?? 0) * (embedding[(i % m) * k + j] ?? 0);
        return sum;
      });
    const random = new Random(3, n, k, m);
    const operands = [randomOperand(random, [n, k]), randomOperand(random, [m, k])];
    expect(worstOf(await opDeviation(tiedLogits, loops, operands, random))).toBeLessThan(TOLERANCE);
  });
});
