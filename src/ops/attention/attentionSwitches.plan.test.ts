// The WGSL of attention with shared key heads, in both directions, banded and with ALiBi, each and together, against plain
// loops in double precision. Outputs start as NaN.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDawnDevice } from '../../../scripts/dawn.mjs';
import * as tf from '../../engine/tf.ts';
import { largestDeviation } from '../testing/deviation.ts';
import { runKernelOnDevice, traitsOf } from '../testing/kernelRun.ts';
import { halfVerdict } from '../testing/planDeviation.ts';
import { runPlanned, testContext } from '../testing/planHarness.ts';
import { attention, attentionKernel } from './attention.ts';
import { combinations, shapeOf } from './attentionCases.ts';
import { attentionLoops } from './attentionLoops.ts';
import {
  caseOf,
  deviationOf,
  DROPOUT,
  factorsOf,
  halfDeviationOf,
  kernelOn,
  runBoth,
  ways,
  type Way,
} from './attentionRun.ts';
import { attentionWeights, attentionWeightsKernel } from './attentionWeights.ts';
import { qkvWidth } from './heads.ts';

let device: GPUDevice;
let info: GPUAdapterInfo;
beforeAll(async () => {
  const { device: opened, adapter } = await openDawnDevice();
  device = opened;
  info = adapter.info;
});
afterAll(() => device.destroy());

describe.each(combinations(4, 6))('with $name', ({ switches }) => {
  // Beyond the 64 tokens of a real GPU's block, and several of an emulated one's.
  it.each([
    { device: 'emulated', variant: 'quad2', length: 75, headSize: 4 },
    { device: 'real', variant: 'tile1', length: 75, headSize: 4 },
    { device: 'real', variant: 'quad1', length: 21, headSize: 3 },
    { device: 'emulated', variant: 'quad1', length: 1, headSize: 3 },
  ] as const)(
    '$variant on $device GPUs is right for $length tokens, heads of $headSize',
    async ({ length, headSize, ...way }) => {
      expect(await deviationOf(device, caseOf(shapeOf(2, 4, length, headSize, switches)), way)).toBeLessThan(1e-5);
    },
  );

  it('stays finite and right for huge scores', async () => {
    const given = caseOf(shapeOf(1, 4, 19, 4, switches), 80);
    expect(await deviationOf(device, given, { device: 'emulated', variant: 'tile1' })).toBeLessThan(2e-3);
  });

  it('drops the same weights forward and backward, the same bits every time', async () => {
    const given = caseOf(shapeOf(2, 4, 13, 4, switches));
    const way: Way = { device: 'emulated', variant: 'quad2' };
    const expected = attentionLoops(given.shape, given.qkv, { dy: given.dy, factors: factorsOf(given.shape) });
    const actual = await runBoth(device, given, way, DROPOUT);
    expect(largestDeviation(actual.out, expected.out)).toBeLessThan(1e-5);
    expect(largestDeviation(actual.dqkv, expected.dqkv)).toBeLessThan(4e-5);
    expect(await runBoth(device, given, way, DROPOUT)).toEqual(actual);
  });

  it.each([
    { device: 'emulated', variant: 'quad1', visible: 9 },
    { device: 'real', variant: 'tile1', visible: 3 },
    { device: 'real', variant: 'tile1', visible: 30 },
  ] as const)('$variant on $device GPUs sees the first $visible keys alone', async ({ visible, ...way }) => {
    const shape = shapeOf(2, 4, 22, 5, switches);
    const { qkv } = caseOf(shape);
    const inputs = [
      { shape: [44, qkvWidth(shape)], values: qkv },
      { shape: [1], values: [visible], dtype: 'int32' },
    ] as const;
    const attending = kernelOn(way.device, attentionKernel(shape, undefined, true));
    const { outputs } = await runKernelOnDevice(device, attending, inputs, { variant: way.variant });
    const expected = attentionLoops(shape, qkv, { visible });
    // With a band there are tokens that see none.
    expect(largestDeviation(outputs[0] ?? [], expected.out)).toBeLessThan(1e-5);
    expect(outputs[1]?.every(Number.isFinite)).toBe(true);
    const inspecting = kernelOn(way.device, attentionWeightsKernel(shape, true));
    const [weights = []] = (await runKernelOnDevice(device, inspecting, inputs)).outputs;
    expect(largestDeviation(weights, expected.weights)).toBeLessThan(1e-5);
  });

  it.each(['emulated', 'real'] as const)('attentionWeights are right on %s GPUs', async (kind) => {
    const shape = shapeOf(2, 4, 21, 5, switches);
    const { qkv } = caseOf(shape, 2);
    const given = { shape: [42, qkvWidth(shape)], values: qkv };
    const whole = await runKernelOnDevice(device, kernelOn(kind, attentionWeightsKernel(shape)), [given]);
    const [weights = new Float32Array()] = whole.outputs;
    expect(largestDeviation(weights, attentionLoops(shape, qkv).weights)).toBeLessThan(1e-5);
    for (let row = 0; row < weights.length; row += 21) {
      expect(weights.subarray(row, row + 21).reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
    }
  });

  it('half precision is read and written, or refused where the device lacks it', async () => {
    expect(traitsOf(device).shaderF16).toBe(device.features.has('shader-f16'));
    const deviation = (): Promise<number> => halfDeviationOf(device, shapeOf(2, 4, 19, 8, switches));
    expect(await halfVerdict(device, 3e-3, deviation)).toBe('right');
  });
});

describe('all switches together', () => {
  const all = combinations(4, 6).at(-1)?.switches ?? {};

  it.each([
    { device: 'real', variant: 'tile/2', length: 41, headSize: 8 },
    { device: 'real', variant: 'tile/4', length: 37, headSize: 16 },
    { device: 'emulated', variant: 'quad4', length: 67, headSize: 16 },
    { device: 'emulated', variant: 'tile1', length: 7, headSize: 16 },
  ] as const)(
    'are right with $variant on $device GPUs for heads of $headSize',
    async ({ length, headSize, ...way }) => {
      expect(await deviationOf(device, caseOf(shapeOf(1, 4, length, headSize, all)), way)).toBeLessThan(1e-5);
      const causal = shapeOf(1, 4, length, headSize, { ...all, causal: true });
      expect(await deviationOf(device, caseOf(causal), way)).toBeLessThan(1e-5);
    },
  );
});

describe('a band', () => {
  it.each([1, 2, 63, 64, 75, 1000])('of %i tokens of 75 is right', async (band) => {
    const causal = caseOf(shapeOf(1, 2, 75, 4, { band }));
    expect(await deviationOf(device, causal, { device: 'emulated', variant: 'quad2' })).toBeLessThan(1e-5);
    const bothWays = caseOf(shapeOf(1, 2, 75, 4, { band, causal: false }));
    expect(await deviationOf(device, bothWays, { device: 'real', variant: 'tile1' })).toBeLessThan(1e-5);
  });

  it('no shorter than the text makes the code of attention without one', async () => {
    const dispatchesOf = async (band: number) => {
      const shape = shapeOf(1, 2, 9, 4, { band });
      const { qkv } = caseOf(shape);
      const input = { shape: [9, qkvWidth(shape)], values: qkv };
      const kernel = attentionKernel(shape, undefined);
      return (await runKernelOnDevice(device, kernel, [input], { variant: 'tile1' })).dispatches;
    };
    const without = await dispatchesOf(0);
    expect(await dispatchesOf(9)).toEqual(without);
    expect(await dispatchesOf(8)).not.toEqual(without);
  });

  it.each(
    ways('tile1', 'quad1').flatMap((way) => [
      { ...way, causal: true },
      { ...way, causal: false },
    ]),
  )('is all that is read: $variant, $device, causal $causal', async ({ causal, ...way }) => {
    // A product with NaN is NaN, whatever the weight: it spoils at most the blocks that meet it and, backward, those that
    // meet these.
    const shape = shapeOf(1, 2, 400, 4, { causal, band: 5, nKeyValueHead: 1 });
    const { qkv, dy } = caseOf(shape);
    const expected = attentionLoops(shape, qkv, { dy });
    const [poisoned, from, until] = [qkv.slice(), 200, 230];
    const width = qkvWidth(shape);
    poisoned.fill(Number.NaN, from * width, until * width);
    const { out, dqkv } = await runBoth(device, { shape, qkv: poisoned, dy }, way);
    for (const [begin, end] of [
      [0, from - 135],
      [until + 135, 400],
    ] as const) {
      expect(largestDeviation(out.slice(8 * begin, 8 * end), expected.out.slice(8 * begin, 8 * end))).toBeLessThan(
        1e-5,
      );
      const [actual, wanted] = [dqkv, expected.dqkv].map((values) => values.slice(width * begin, width * end));
      expect(largestDeviation(actual ?? [], wanted ?? [])).toBeLessThan(2e-5);
    }
    expect(out.slice(8 * from, 8 * until).some(Number.isNaN)).toBe(true);
  });
});

describe('as a plan', () => {
  const all = combinations(4, 6).at(-1)?.switches ?? {};

  it('attention with all switches and dropout is right forward and backward', async () => {
    const given = caseOf(shapeOf(2, 4, 13, 4, all));
    const { shape, qkv, dy } = given;
    const inputs = {
      qkv: { shape: [26, qkvWidth(shape)], values: qkv },
      dy: { shape: [26, 16], values: dy },
      key: { shape: [1], values: [1234], dtype: 'int32' as const },
    };
    const { outputs } = await runPlanned(testContext(device, info), inputs, ({ qkv, dy, key }) => {
      const dropout = { ...DROPOUT, key: key as tf.Tensor1D };
      const op = (x: tf.Tensor): tf.Tensor => attention(x as tf.Tensor2D, shape, { dropout });
      return { outputs: [op(qkv as tf.Tensor2D), tf.grad(op)(qkv as tf.Tensor2D, dy as tf.Tensor2D)] };
    });
    const expected = attentionLoops(shape, qkv, { dy, factors: factorsOf(shape) });
    expect(largestDeviation(outputs[0] ?? [], expected.out)).toBeLessThan(1e-5);
    expect(largestDeviation(outputs[1] ?? [], expected.dqkv)).toBeLessThan(4e-5);
  });

  it.each([5, 13])('attention and its weights see the first %i keys, a number that is data', async (visible) => {
    const shape = shapeOf(2, 4, 13, 4, { ...all, band: 0 });
    const { qkv } = caseOf(shape);
    const inputs = {
      qkv: { shape: [26, qkvWidth(shape)], values: qkv },
      visible: { shape: [1], values: [visible], dtype: 'int32' as const },
    };
    const { outputs } = await runPlanned(testContext(device, info), inputs, ({ qkv, visible }) => {
      const [x, count] = [qkv as tf.Tensor2D, visible as tf.Tensor1D];
      return { outputs: [attention(x, shape, { visible: count }), attentionWeights(x, shape, count)] };
    });
    const expected = attentionLoops(shape, qkv, { visible });
    expect(largestDeviation(outputs[0] ?? [], expected.out)).toBeLessThan(1e-5);
    expect(largestDeviation(outputs[1] ?? [], expected.weights)).toBeLessThan(1e-5);
  });
});
