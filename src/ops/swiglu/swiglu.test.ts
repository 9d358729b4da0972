// SwiGLU against plain loops in double precision, on every backend.
import { beforeAll, describe, expect, it } from 'vitest';
import { TEST_BACKENDS, useBackend } from '../../../scripts/testBackend.ts';
import * as tf from '../../engine/tf.ts';
import { Random } from '../../random/random.ts';
import { opDeviation, randomOperand, worstOf } from '../testing/deviation.ts';
import { swiglu } from './swiglu.ts';

const loops =
  (width: number) =>
  (x: Float64Array): Float64Array =>
    Float64Array.from({ length: x.length / 2 }, (_, i) => {
      const place = Math.floor(i / width) * 2 * width + (i % width);
      const [gate, passing] = [x[place] ?? Number.NaN, x[place + width] ?? Number.NaN];
      return (gate / (1 + Math.exp(-gate))) * passing;
    });

describe.each(TEST_BACKENDS)('swiglu on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each([
    [1, 1],
    [3, 7],
    [5, 12],
  ])('is right for %i rows of two times %i, forward and backward', async (rows, width) => {
    const random = new Random(71, rows, width);
    const operand = randomOperand(random, [rows, 2 * width], 2);
    expect(worstOf(await opDeviation(swiglu, loops(width), [operand], random))).toBeLessThan(5e-6);
  });

  it('lets everything or nothing through far from zero', async () => {
    const x = tf.tensor2d([100, -100, 1e4, -1e4, 3, 3, 3, 3], [1, 8]);
    const { value, grad } = tf.valueAndGrad((given) => swiglu(given as tf.Tensor2D))(x, tf.ones([1, 4]));
    expect([...(await value.data())].map((y) => Math.round(y * 1e6) / 1e6 + 0)).toEqual([300, 0, 3e4, 0]);
    expect([...(await grad.data())].map((y) => Math.round(y * 1e6) / 1e6 + 0)).toEqual([3, 0, 3, 0, 100, 0, 1e4, 0]);
    tf.dispose([x, value, grad]);
  });

  it('needs two halves', () => {
    expect(() => tf.tidy(() => swiglu(tf.zeros([2, 5])))).toThrow('5 columns are none, 6 would be.');
  });
});
