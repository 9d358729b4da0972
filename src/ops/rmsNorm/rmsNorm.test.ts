// Root mean square normalisation against plain loops in double precision, on every backend.
import { beforeAll, describe, expect, it } from 'vitest';
import { TEST_BACKENDS, useBackend } from '../../../scripts/testBackend.ts';
import * as tf from '../../engine/tf.ts';
import { Random } from '../../random/random.ts';
import { opDeviation, randomOperand, worstOf } from '../testing/deviation.ts';
import { rmsNorm } from './rmsNorm.ts';

const loops =
  (width: number) =>
  (x: Float64Array, gain: Float64Array): Float64Array =>
    x.map((value, i) => {
      const row = x.subarray(i - (i % width), i - (i % width) + width);
      const meanSquare = row.reduce((sum, b) => sum + b * b, 0) / width;
      return (value / Math.sqrt(meanSquare + 1e-5)) * (gain[i % width] ?? 0);
    });

describe.each(TEST_BACKENDS)('rmsNorm on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each([
    { rows: 1, width: 1, size: 1.5, centre: 0 },
    { rows: 1, width: 6, size: 1.5, centre: 0 },
    { rows: 5, width: 7, size: 1.5, centre: 0 },
    { rows: 3, width: 33, size: 1.5, centre: 20 },
    { rows: 5, width: 9, size: 1e4, centre: 0 },
    { rows: 4, width: 8, size: 1e-3, centre: 0 },
  ])('is right for $rows × $width of $size around $centre, forward and backward', async (given) => {
    const { rows, width, size, centre } = given;
    const random = new Random(51, rows, width);
    const operands = [randomOperand(random, [rows, width], size, centre), randomOperand(random, [width], 0.5, 1)];
    // A single column is normalised to ±1 whatever it is: its gradient is what two almost equal numbers differ by.
    const tolerance = width === 1 ? 1e-4 : 5e-6;
    expect(worstOf(await opDeviation(rmsNorm, loops(width), operands, random))).toBeLessThan(tolerance);
  });

  it('leaves a row of zeros zero', async () => {
    const y = tf.tidy(() => rmsNorm(tf.zeros([2, 5]), tf.ones([5])));
    expect([...(await y.data())]).toEqual(new Array(10).fill(0));
    y.dispose();
  });
});
