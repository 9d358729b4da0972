// GELU against its tanh form in double precision, on every backend.
import { beforeAll, describe, expect, it } from 'vitest';
import { TEST_BACKENDS, useBackend } from '../../../scripts/testBackend.ts';
import * as tf from '../../engine/tf.ts';
import { Random } from '../../random/random.ts';
import { opDeviation, randomOperand, worstOf } from '../testing/deviation.ts';
import { gelu } from './gelu.ts';

const loops = (x: Float64Array): Float64Array =>
  x.map((v) => 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v * v * v))));

describe.each(TEST_BACKENDS)('gelu on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each([
    [1, 1],
    [3, 7],
    [5, 13],
  ])('is right for %i × %i, forward and backward', async (rows, columns) => {
    const random = new Random(6, rows, columns);
    const operand = randomOperand(random, [rows, columns], 2);
    expect(worstOf(await opDeviation(gelu, loops, [operand], random))).toBeLessThan(5e-6);
  });

  it('is the identity far to the right and zero far to the left, as is its slope', async () => {
    const far = [0, 12, -12, 100, -100, 1e4, -1e4];
    const { value, grad } = tf.tidy(() => {
      const x = tf.tensor2d([far]);
      const slope = tf.grad((given) => tf.sum(gelu(given as tf.Tensor2D)));
      return { value: gelu(x), grad: slope(x) };
    });
    const values = [...(await value.data())];
    const slopes = [...(await grad.data())];
    tf.dispose([value, grad]);
    far.forEach((x, i) => {
      expect(values[i]).toBeCloseTo(Math.max(0, x), 6);
      expect(slopes[i]).toBeCloseTo(x === 0 ? 0.5 : x > 0 ? 1 : 0, 6);
    });
  });
});
