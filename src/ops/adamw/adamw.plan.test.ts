// The optimizer's WGSL against plain loops in double precision: 20 steps in the same memory, norms of any length, and
// steps that went wrong.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDawnDevice } from '../../../scripts/dawn.mjs';
import { useBackend } from '../../../scripts/testBackend.ts';
import { Random } from '../../random/random.ts';
import { largestDeviation, randomOperand } from '../testing/deviation.ts';
import { float64AdamW, float64Norm } from '../testing/float64AdamW.ts';
import { runKernelOnDevice, type KernelInput } from '../testing/kernelRun.ts';
import { isRepeatable, onDeviceWith } from '../testing/planDeviation.ts';
import { adamwKernel, adamwSettings } from './adamw.ts';
import { globalNormKernel } from './globalNorm.ts';
import { recordStepKernel } from './recordStep.ts';

const STEPS = 20;
const CONSTANTS = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8 };

const GPU = { software: false };
/** Workgroups in two dimensions, as large problems need. */
const TWO_DIMENSIONS = { maxWorkgroupsPerDimension: 3 };

let device: GPUDevice;
beforeAll(async () => {
  await useBackend('cpu');
  ({ device } = await openDawnDevice());
});
afterAll(() => device.destroy());

const flat = (values: ArrayLike<number>): KernelInput => ({ shape: [values.length], values });
const scalar = (value: number): KernelInput => ({ shape: [], values: [value] });
const integers = (values: ArrayLike<number>): KernelInput => ({ ...flat(values), dtype: 'int32' });
const settingsOf = (settings: Parameters<typeof adamwSettings>[0]): KernelInput => flat(adamwSettings(settings));

describe('adamw as a program', () => {
  it.each([
    { variant: '64x1', size: 277, blockSize: 1, clipNorm: 0.5, gradientScale: 1 },
    { variant: '64x16', size: 320, blockSize: 64, clipNorm: 0.5, gradientScale: 0.25 },
    { variant: '256x1', size: 1216, blockSize: 64, clipNorm: 0, gradientScale: 1 },
    { variant: '64x4', size: 1216, blockSize: 64, clipNorm: 100, gradientScale: 1 },
  ])('follows the loops for 20 steps: $size parameters in groups of $variant', async (given) => {
    const { variant, size, blockSize, clipNorm, gradientScale } = given;
    const kernel = onDeviceWith(TWO_DIMENSIONS, adamwKernel({ ...CONSTANTS, blockSize }));
    const random = new Random(39, size);
    const start = randomOperand(random, [size]);
    const decays = Int32Array.from({ length: Math.ceil(size / blockSize) }, (_, i) => (i % 3 === 0 ? 0 : 1));
    const decayOfEach = Array.from({ length: size }, (_, i) => decays[Math.floor(i / blockSize)] ?? 0);
    const expected = {
      parameters: start.values.slice(),
      firstMoment: new Float64Array(size),
      secondMoment: new Float64Array(size),
    };
    let state: readonly ArrayLike<number>[] = [start.values, new Float32Array(size), new Float32Array(size)];
    for (let step = 1; step <= STEPS; step++) {
      const gradient = randomOperand(random, [size]);
      const settings = { ...CONSTANTS, learningRate: 0.01 * step, weightDecay: 0.1, clipNorm, step, gradientScale };
      const norm = scalar(float64Norm(gradient.values));
      const inputs = [...state.map(flat), gradient, norm, integers(decays), settingsOf(settings)];
      state = (await runKernelOnDevice(device, kernel, inputs, { variant })).outputs;
      float64AdamW(expected, gradient.values, decayOfEach, settings);
    }
    expect(largestDeviation(state[0] ?? [], expected.parameters)).toBeLessThan(5e-6);
    expect(largestDeviation(state[1] ?? [], expected.firstMoment)).toBeLessThan(5e-6);
    expect(largestDeviation(state[2] ?? [], expected.secondMoment)).toBeLessThan(5e-6);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('changes nothing where the norm is %f', async (norm) => {
    const settings = settingsOf({ ...CONSTANTS, learningRate: 0.1, weightDecay: 0.1, clipNorm: 1, step: 1 });
    const before = [
      [1, 2, 3, 4],
      [5, 6, 7, 8],
      [9, 10, 11, 12],
    ];
    const inputs = [...before.map(flat), flat([1, norm, 2, 3]), scalar(norm), integers([1]), settings];
    const { outputs } = await runKernelOnDevice(device, adamwKernel({ ...CONSTANTS, blockSize: 64 }), inputs);
    expect(outputs.map((values) => [...values])).toEqual(before);
  });
});

describe('globalNorm as a program', () => {
  it.each([
    { size: 1, variant: '16' },
    { size: 257, variant: '16' },
    { size: 4096, variant: '64' },
    { size: 100_003, variant: '256' },
    { size: 262_144, variant: '16' },
  ])('is right for $size entries in groups of $variant, to the same bits every time', async ({ size, variant }) => {
    const x = randomOperand(new Random(40, size), [size], 2);
    for (const kernel of [globalNormKernel, onDeviceWith(GPU, globalNormKernel)]) {
      const { outputs } = await runKernelOnDevice(device, kernel, [x], { variant });
      expect(largestDeviation(outputs[0] ?? [], [float64Norm(x.values)])).toBeLessThan(2e-6);
    }
    expect(await isRepeatable(device, globalNormKernel, [x], { variant })).toBe(true);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('is not finite where an entry is %f', async (value) => {
    const x = flat(Float32Array.from({ length: 1000 }, (_, i) => (i === 777 ? value : 1)));
    const [norm = []] = (await runKernelOnDevice(device, globalNormKernel, [x])).outputs;
    expect(Number.isFinite(norm[0])).toBe(false);
  });
});

describe('recordStep as a program', () => {
  const run = async (latch: KernelInput, loss: number, norm: number, slot: number) => {
    const log = { shape: [3, 2], values: [10, 11, 12, 13, 14, 15] };
    const settings = settingsOf({
      ...CONSTANTS,
      learningRate: 0,
      weightDecay: 0,
      clipNorm: 0,
      step: 1,
      gradientScale: 0.5,
      slot,
    });
    const { outputs } = await runKernelOnDevice(device, recordStepKernel, [
      log,
      latch,
      scalar(loss),
      scalar(norm),
      settings,
    ]);
    return outputs.map((values) => [...values]);
  };

  it('writes its row and hands on the norm', async () => {
    expect(await run(flat([0]), 4, 2, 1)).toEqual([[10, 11, 2, 1, 14, 15], [0], [2]]);
  });

  it.each([
    { name: 'a loss that is no number', latch: 0, loss: Number.NaN, norm: 2 },
    { name: 'an infinite norm', latch: 0, loss: 4, norm: Number.POSITIVE_INFINITY },
    { name: 'a latch that is set', latch: 1, loss: 4, norm: 2 },
  ])('stops this step and the next ones at $name', async ({ latch, loss, norm }) => {
    const rows = [10, 11, 12, 13, loss / 2, norm / 2];
    expect(await run(flat([latch]), loss, norm, 2)).toEqual([rows, [1], [Number.NaN]]);
    expect(await run(integers([latch]), loss, norm, 2)).toEqual([rows, [1], [Number.NaN]]);
  });
});
