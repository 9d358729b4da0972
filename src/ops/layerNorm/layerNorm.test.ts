// Layer normalisation against plain loops in double precision, on every backend.
import { beforeAll, describe, expect, it } from 'vitest';
import { TEST_BACKENDS, useBackend } from '../../../scripts/testBackend.ts';
import type * as tf from '../../engine/tf.ts';
import { Random } from '../../random/random.ts';
import { opDeviation, randomOperand, worstOf } from '../testing/deviation.ts';
import { layerNorm } from './layerNorm.ts';

const loops =
  (width: number) =>
  (x: Float64Array, gain: Float64Array, bias?: Float64Array): Float64Array =>
    x.map((value, i) => {
      const row = x.subarray(i - (i % width), i - (i % width) + width);
      const mean = row.reduce((a, b) => a + b, 0) / width;
      const variance = row.reduce((sum, b) => sum + (b - mean) ** 2, 0) / width;
      const j = i % width;
      return ((value - mean) / Math.sqrt(variance + 1e-5)) * (gain[j] ?? 0) + (bias?.[j] ?? 0);
    });

describe.each(TEST_BACKENDS)('layerNorm on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each([
    { rows: 1, width: 1, centre: 0 },
    { rows: 1, width: 6, centre: 0 },
    { rows: 5, width: 7, centre: 0 },
    { rows: 3, width: 33, centre: 20 },
  ])('is right for $rows × $width, with a bias and without, forward and backward', async ({ rows, width, centre }) => {
    const random = new Random(1, rows, width);
    const operands = [
      randomOperand(random, [rows, width], 1.5, centre),
      randomOperand(random, [width], 0.5, 1),
      randomOperand(random, [width]),
    ];
    const biased = (x: tf.Tensor2D, gain: tf.Tensor1D, bias: tf.Tensor1D): tf.Tensor2D => layerNorm(x, gain, bias);
    const unbiased = (x: tf.Tensor2D, gain: tf.Tensor1D): tf.Tensor2D => layerNorm(x, gain);
    // A mean of 20 costs a digit of what is centred around it.
    const tolerance = centre === 0 ? 5e-6 : 5e-5;
    expect(worstOf(await opDeviation(biased, loops(width), operands, random))).toBeLessThan(tolerance);
    expect(worstOf(await opDeviation(unbiased, loops(width), operands.slice(0, 2), random))).toBeLessThan(tolerance);
  });

  it('is right for values of 10⁴', async () => {
    const random = new Random(8);
    const [x, gain] = [randomOperand(random, [5, 9], 1e4), randomOperand(random, [9], 0.5, 1)];
    const unbiased = (x: tf.Tensor2D, gain: tf.Tensor1D): tf.Tensor2D => layerNorm(x, gain);
    const { value, gradients } = await opDeviation(unbiased, loops(9), [x, gain], random);
    // The gradient of x is as small as x is large, below what counts as zero.
    expect(Math.max(value, ...gradients)).toBeLessThan(5e-6);
  });
});
