// Dropout and its gradient against the mask, on every backend, and its WGSL against the same mask.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDawnDevice } from '../../../scripts/dawn.mjs';
import { TEST_BACKENDS, useBackend } from '../../../scripts/testBackend.ts';
import * as tf from '../../engine/tf.ts';
import { Random } from '../../random/random.ts';
import { opDeviation, randomOperand, worstOf } from '../testing/deviation.ts';
import { planDeviations } from '../testing/planDeviation.ts';
import { dropout, dropoutKernel } from './dropout.ts';
import { dropoutMask } from './dropoutMask.ts';

describe.each(TEST_BACKENDS)('dropout on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it('multiplies by the mask, forward and backward', async () => {
    const site = { rate: 0.5, site: 4 };
    const made = dropoutMask([5, 7], site, 3);
    const mask = (await made.data()).slice();
    const key = tf.tensor1d([3], 'int32');
    const random = new Random(12);
    const op = (x: tf.Tensor2D): tf.Tensor2D => dropout(x, site, key);
    const loops = (x: Float64Array): Float64Array => x.map((value, i) => value * (mask[i] ?? Number.NaN));
    expect(worstOf(await opDeviation(op, loops, [randomOperand(random, [5, 7])], random))).toBeLessThan(1e-6);
    tf.dispose([made, key]);
  });

  it('leaves x as it is at a rate of 0', () => {
    const [x, key] = [tf.zeros<tf.Rank.R2>([2, 2]), tf.tensor1d([3], 'int32')];
    expect(dropout(x, { rate: 0, site: 1 }, key)).toBe(x);
    tf.dispose([x, key]);
  });
});

describe('dropout as a program', () => {
  let device: GPUDevice;
  beforeAll(async () => {
    await useBackend('cpu');
    ({ device } = await openDawnDevice());
  });
  afterAll(() => device.destroy());

  it.each([
    { rows: 1, width: 1, rate: 0.5, key: 0, site: 0 },
    { rows: 3, width: 64, rate: 0.1, key: -7, site: 3 },
    { rows: 17, width: 65, rate: 0.9, key: 2 ** 31 - 1, site: 2 ** 31 },
    { rows: 9, width: 257, rate: 0.3, key: -(2 ** 31), site: 37 },
  ])('drops by the same mask: $rate of $rows × $width', async ({ rows, width, rate, key, site }) => {
    const x = randomOperand(new Random(33, rows), [rows, width]);
    const keys = { shape: [1], values: [key], dtype: 'int32' as const };
    expect(Math.max(...(await planDeviations(device, dropoutKernel({ rate, site }), [x, keys])))).toBeLessThan(1e-6);
  });
});
