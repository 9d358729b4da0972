// A hand-written gradient takes the place of the tape's own, gets what was saved, and composes with other ops.
import { beforeAll, describe, expect, it } from 'vitest';
import { TEST_BACKENDS, useBackend } from '../../scripts/testBackend.ts';
import { differentiable } from './differentiable.ts';
import * as tf from './tf.ts';

/** 10·a + b, whose gradient is wrong on purpose: 1·dy, and dy times what was saved second. */
const marked = (a: tf.Tensor1D, b: tf.Tensor1D): tf.Tensor1D =>
  differentiable(
    [a, b],
    (a, b) => ({ value: tf.add(tf.mul(a, 10), b) as tf.Tensor1D, saved: [a, tf.mul(b, 100)] }),
    (dy, [, hundredfold]) => [dy, tf.mul(dy, hundredfold)],
  );

describe.each(TEST_BACKENDS)('differentiable on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it('gives the value, and the gradients as written, in the order of the inputs', async () => {
    const before = tf.memory().numTensors;
    const a = tf.tensor1d([1, 2]);
    const b = tf.tensor1d([3, 4]);
    const value = tf.tidy(() => marked(a, b));
    expect([...(await value.data())]).toEqual([13, 24]);
    // The square brings a factor of 2·value, so that dy is not 1.
    const squared = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.square(marked(a as tf.Tensor1D, b as tf.Tensor1D));
    const [da, db] = tf.tidy(() => tf.grads(squared)([a, b]));
    expect([...((await da?.data()) ?? [])]).toEqual([26, 48]);
    expect([...((await db?.data()) ?? [])]).toEqual([26 * 300, 48 * 400]);
    tf.dispose([a, b, value, da ?? [], db ?? []]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
