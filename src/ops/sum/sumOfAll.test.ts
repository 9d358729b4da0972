// Long sums against double precision: the norm of a gradient and the mean of losses, eagerly and as
// programs, as long as the gradients of models with millions of parameters.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDawnDevice } from '../../../scripts/dawn.mjs';
import { useBackend } from '../../../scripts/testBackend.ts';
import * as tf from '../../engine/tf.ts';
import { Random } from '../../random/random.ts';
import { meanOfKernel } from '../crossEntropy/meanOf.ts';
import { globalNorm, globalNormKernel } from '../optimizer/globalNorm.ts';
import { runKernelOnDevice } from '../testing/kernelRun.ts';
import { onDeviceWith } from '../testing/planDeviation.ts';
import { sumOfAll } from './sumOfAll.ts';

/** Like a gradient: many small values of both signs, a few large ones. */
function gradientLike(length: number): Float32Array {
  const random = new Random(7, length);
  return Float32Array.from({ length }, (_, i) => (random.uniform() - 0.5) * (i % 64 === 0 ? 0.1 : 0.004));
}
const normOf = (values: Float32Array): number => {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum);
};
const meanOf = (values: Float32Array): number => {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
};
/** Relative. */
const TOLERANCE = 2e-6;

const LENGTHS = [1, 255, 256, 257, 65_537, 3_400_000, 6_900_001] as const;

describe.each(['cpu', 'wasm'] as const)('long sums on %s', { timeout: 120_000 }, (backend) => {
  beforeAll(() => useBackend(backend));

  it.each(LENGTHS)('give the norm of %i numbers as double precision does, and keep nothing', async (length) => {
    const values = gradientLike(length);
    const before = tf.memory().numTensors;
    const gradient = tf.tensor1d(values);
    const norm = globalNorm(gradient);
    const [value = Number.NaN] = await norm.data();
    tf.dispose([gradient, norm]);
    expect(Math.abs(value / normOf(values) - 1)).toBeLessThan(TOLERANCE);
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([3, 1000, 65_537])('give the mean of %i losses as double precision does', async (length) => {
    const losses = gradientLike(length).map((value) => 3 + 20 * value);
    const [value = Number.NaN] = await tf.tidy(() => meanOfKernel.reference(tf.tensor1d(losses))[0]).data();
    expect(Math.abs(value / meanOf(losses) - 1)).toBeLessThan(TOLERANCE);
  });

  it('are not finite where a number is not', async () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const values = new Float32Array(1000).fill(1);
      values[700] = bad;
      const [value = 0] = await tf.tidy(() => sumOfAll(tf.tensor1d(values))).data();
      expect(Number.isFinite(value)).toBe(false);
    }
  });
});

describe('long sums as programs', { timeout: 120_000 }, () => {
  let device: GPUDevice;
  beforeAll(async () => {
    await useBackend('cpu');
    ({ device } = await openDawnDevice());
  });
  afterAll(() => device.destroy());

  it.each([
    [3_400_000, true, '16'],
    [6_900_001, true, '16'],
    [6_900_000, false, '64'],
  ])('give the norm of %i numbers as double precision does (emulated: %s)', async (length, software, variant) => {
    const values = gradientLike(length);
    const kernel = onDeviceWith({ software }, globalNormKernel);
    const { outputs } = await runKernelOnDevice(device, kernel, [{ shape: [length], values }], { variant });
    expect(Math.abs((outputs[0]?.[0] ?? 0) / normOf(values) - 1)).toBeLessThan(TOLERANCE);
  });

  it('give the mean of 65,537 losses as double precision does', async () => {
    const losses = gradientLike(65_537).map((value) => 3 + 20 * value);
    const { outputs } = await runKernelOnDevice(device, meanOfKernel, [{ shape: [65_537], values: losses }], {});
    expect(Math.abs((outputs[0]?.[0] ?? 0) / meanOf(losses) - 1)).toBeLessThan(TOLERANCE);
  });
});
