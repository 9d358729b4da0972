// The optimizers' WGSL against plain loops in double precision and against their references, in every variant; norms of
// any length, and steps that went wrong. Whole trajectories as plans are `training/optimizers.test.ts`.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDawnDevice } from '../../../scripts/dawn.mjs';
import { useBackend } from '../../../scripts/testBackend.ts';
import { Random } from '../../random/random.ts';
import { adamwKernel } from '../adamw/adamw.ts';
import { momentumKernel, moveKernel, nesterovKernel } from '../muon/muon.ts';
import { sgdKernel } from '../sgd/sgd.ts';
import { largestDeviation, randomOperand } from '../testing/deviation.ts';
import { float64AdamW, float64Norm, float64State } from '../testing/float64AdamW.ts';
import { runKernelOnDevice, type KernelInput } from '../testing/kernelRun.ts';
import { isRepeatable, onDeviceWith, planDeviations } from '../testing/planDeviation.ts';
import { globalNormKernel } from './globalNorm.ts';
import { recordStepKernel } from './recordStep.ts';
import { optimizerSettings } from './settings.ts';

const STEPS = 20;
const BETAS = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8 };
const CONSTANTS = { ...BETAS, decay: 'decoupled', leavesMatrices: false } as const;

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
const settingsOf = (settings: Parameters<typeof optimizerSettings>[0]): KernelInput =>
  flat(optimizerSettings(settings));

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
    const expected = float64State(start.values);
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
});

/** An update's kernel with inputs for it, and how many of its outputs are made in place of the first inputs. */
const UPDATES = [
  { name: 'adamw', kernelOf: (blockSize: number) => adamwKernel({ ...CONSTANTS, blockSize }) },
  { name: 'adam', kernelOf: (blockSize: number) => adamwKernel({ ...CONSTANTS, blockSize, decay: 'gradient' }) },
  {
    name: 'adamw beside muon',
    kernelOf: (blockSize: number) => adamwKernel({ ...CONSTANTS, blockSize, leavesMatrices: true }),
  },
] as const;

/** Clips, decays and moves. */
const LIVELY = { ...BETAS, learningRate: 0.03, weightDecay: 0.1, clipNorm: 0.5, gradientScale: 0.25, step: 3 };
const SIZES = [
  { variant: '64x1', size: 277, blockSize: 1 },
  { variant: '64x16', size: 320, blockSize: 64 },
  { variant: '256x1', size: 1216, blockSize: 64 },
  { variant: '64x4', size: 1216, blockSize: 64 },
] as const;

/** Marks of all three kinds. */
const marksFor = (size: number, blockSize: number): KernelInput =>
  integers(Array.from({ length: Math.ceil(size / blockSize) }, (_, i) => i % 3));
const positive = ({ shape, values }: KernelInput): KernelInput => ({ shape, values: Array.from(values, Math.abs) });

describe.each(SIZES)('updates of $size numbers in groups of $variant, marked by $blockSize', (sizes) => {
  const { variant, size, blockSize } = sizes;
  const random = new Random(41, size);
  const draw = (shape: readonly number[] = [size]): KernelInput => randomOperand(random, shape);
  const [settings, norm] = [settingsOf(LIVELY), scalar(7)];

  it.each(UPDATES)('$name does what its reference does, and nothing where the norm is not finite', async (update) => {
    const kernel = onDeviceWith(TWO_DIMENSIONS, update.kernelOf(blockSize));
    const marks = marksFor(size, blockSize);
    const state = [draw(), draw(), positive(draw())];
    const inputs = (norm: KernelInput): KernelInput[] => [...state, draw(), norm, marks, settings];
    expect(Math.max(...(await planDeviations(device, kernel, inputs(norm), { variant })))).toBeLessThan(2e-6);
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const { outputs } = await runKernelOnDevice(device, kernel, inputs(scalar(value)), { variant });
      expect(outputs).toEqual(state.map(({ values }) => Float32Array.from(values)));
    }
  });

  it('sgd and momentum do what their references do, and nothing where the norm is not finite', async () => {
    const marks = marksFor(size, blockSize);
    const [parameters, momentum] = [draw(), draw()];
    const ofSgd = onDeviceWith(TWO_DIMENSIONS, sgdKernel({ beta1: 0.9, blockSize }));
    const ofMomentum = onDeviceWith(TWO_DIMENSIONS, momentumKernel(0.9, blockSize));
    const forSgd = (norm: KernelInput): KernelInput[] => [parameters, momentum, draw(), norm, marks, settings];
    const forMomentum = (norm: KernelInput): KernelInput[] => [momentum, draw(), norm, marks, settings];
    expect(Math.max(...(await planDeviations(device, ofSgd, forSgd(norm), { variant })))).toBeLessThan(2e-6);
    expect(Math.max(...(await planDeviations(device, ofMomentum, forMomentum(norm), { variant })))).toBeLessThan(2e-6);
    const bad = scalar(Number.NaN);
    const still = [parameters, momentum].map(({ values }) => Float32Array.from(values));
    expect((await runKernelOnDevice(device, ofSgd, forSgd(bad), { variant })).outputs).toEqual(still);
    expect((await runKernelOnDevice(device, ofMomentum, forMomentum(bad), { variant })).outputs).toEqual([still[1]]);
  });

  it('muon moves one matrix and leaves the rest, and all where the norm is not finite', async () => {
    const [rows, columns] = blockSize === 1 ? [7, 9] : [16, 12];
    const offset = integers([blockSize * 2]);
    const parameters = draw();
    const kernel = onDeviceWith(TWO_DIMENSIONS, moveKernel(blockSize));
    const inputs = (norm: KernelInput): KernelInput[] => [parameters, draw([rows, columns]), norm, settings, offset];
    expect(Math.max(...(await planDeviations(device, kernel, inputs(norm), { variant })))).toBeLessThan(2e-6);
    const { outputs } = await runKernelOnDevice(device, kernel, inputs(scalar(Number.NaN)), { variant });
    expect(outputs).toEqual([Float32Array.from(parameters.values)]);
  });

  it('nesterov looks ahead along the momentum', async () => {
    const kernel = onDeviceWith(TWO_DIMENSIONS, nesterovKernel(0.9));
    const shape = size % 4 === 0 ? [size / 4, 4] : [1, size];
    const inputs = [draw(shape), draw(shape), norm, settings];
    expect(Math.max(...(await planDeviations(device, kernel, inputs, { variant })))).toBeLessThan(2e-6);
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
