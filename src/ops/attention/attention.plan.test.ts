// The WGSL of attention, its gradient and its weights against plain loops in double precision: every variant, those for
// real GPUs too, every combination of switches, on sizes that fit no block. Outputs start as NaN.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDawnDevice } from '../../../scripts/dawn.mjs';
import type { Kernel } from '../../engine/kernel.ts';
import type * as tf from '../../engine/tf.ts';
import { Random } from '../../random/random.ts';
import { mix32 } from '../../random/random.ts';
import { largestDeviation, randomOperand } from '../testing/deviation.ts';
import { fromHalf } from '../../engine/half.ts';
import { runKernelOnDevice, toHalf, traitsOf } from '../testing/kernelRun.ts';
import { onDeviceWith } from '../testing/planDeviation.ts';
import { attentionGradientKernel, attentionKernel } from './attention.ts';
import { combinations, shapeOf } from './attentionCases.ts';
import { attentionLoops } from './attentionLoops.ts';
import { attentionWeightsKernel } from './attentionWeights.ts';
import { qkvWidth, type HeadShape } from './heads.ts';
import { variantsFor } from './rowBlocks.wgsl.ts';

let device: GPUDevice;
beforeAll(async () => {
  ({ device } = await openDawnDevice());
});
afterAll(() => device.destroy());

interface Case {
  readonly shape: HeadShape;
  readonly qkv: Float64Array;
  readonly dy: Float64Array;
}

function caseOf(shape: HeadShape, deviation = 1): Case {
  const random = new Random(31, shape.length, shape.headSize);
  const [rows, width] = [shape.batch * shape.length, shape.nHead * shape.headSize];
  return {
    shape,
    qkv: randomOperand(random, [rows, qkvWidth(shape)], deviation).values,
    dy: randomOperand(random, [rows, width]).values,
  };
}

interface Way {
  /** `emulated` has the workgroups of emulated GPUs, `real` those of others. */
  readonly device: 'emulated' | 'real';
  readonly variant: string;
}

/** The kernel as it is on a device of a kind, whatever this one is. */
const kernelOn = <I extends readonly tf.Tensor[], O extends readonly tf.Tensor[]>(
  kind: Way['device'],
  kernel: Kernel<I, O>,
): Kernel<I, O> => onDeviceWith({ software: kind === 'emulated' }, kernel);

const KEY = { shape: [1], values: [1234], dtype: 'int32' } as const;

/** Runs forward and backward, the gradient with the forward kernel's own results. */
async function run({ shape, qkv, dy }: Case, way: Way, dropout?: { rate: number; site: number }) {
  const [rows, width] = [shape.batch * shape.length, shape.nHead * shape.headSize];
  const given = { shape: [rows, qkvWidth(shape)], values: qkv };
  const keys = dropout ? [KEY] : [];
  const options = { variant: way.variant };
  const forward = kernelOn(way.device, attentionKernel(shape, dropout));
  const backward = kernelOn(way.device, attentionGradientKernel(shape, dropout));
  const [out = [], logSumExp = []] = (await runKernelOnDevice(device, forward, [given, ...keys], options)).outputs;
  const inputs = [
    { shape: [rows, width], values: dy },
    given,
    { shape: [rows, width], values: out },
    { shape: [shape.batch * shape.nHead, shape.length], values: logSumExp },
    ...keys,
  ];
  const [dqkv = []] = (await runKernelOnDevice(device, backward, inputs, options)).outputs;
  return { out, logSumExp, dqkv };
}

/** The largest deviation from plain loops of output, log-sum-exp and, in quarters, gradient. */
async function deviationOf(given: Case, way: Way): Promise<number> {
  const expected = attentionLoops(given.shape, given.qkv, { dy: given.dy });
  const { out, logSumExp, dqkv } = await run(given, way);
  return Math.max(
    largestDeviation(out, expected.out),
    largestDeviation(logSumExp, expected.logSumExp),
    largestDeviation(dqkv, expected.dqkv) / 4,
  );
}

const DROPOUT = { rate: 0.4, site: 5 };

/** What `dropoutMask` gives for [B, H, T, T], computed apart from it. */
function factorsOf({ batch, nHead, length }: HeadShape): Float64Array {
  const start = mix32(Math.imul(1234, 0x9e3779b1) + DROPOUT.site);
  return Float64Array.from({ length: batch * nHead * length * length }, (_, i) =>
    mix32(start + Math.imul(i, 0x9e3779b9)) < DROPOUT.rate * 2 ** 32 ? 0 : 1 / (1 - DROPOUT.rate),
  );
}

/** The largest deviation where all but the log-sum-exp is stored in half precision. */
async function halfDeviationOf(shape: HeadShape): Promise<number> {
  const { qkv, dy } = caseOf(shape);
  const halves = qkv.map((value) => fromHalf(toHalf(value)));
  const expected = attentionLoops(shape, halves, { dy });
  const [rows, width] = [shape.batch * shape.length, shape.nHead * shape.headSize];
  const given = { shape: [rows, qkvWidth(shape)], values: halves, storage: 'f16' } as const;
  const options = { variant: 'quad1', outputStorage: 'f16' } as const;
  const forward = await runKernelOnDevice(device, attentionKernel(shape, undefined), [given], options);
  const inputs = [
    { shape: [rows, width], values: dy, storage: 'f16' } as const,
    given,
    { shape: [rows, width], values: expected.out, storage: 'f16' } as const,
    { shape: [shape.batch * shape.nHead, shape.length], values: expected.logSumExp },
  ];
  const kernel = attentionGradientKernel(shape, undefined);
  const backward = await runKernelOnDevice(device, kernel, inputs, { variant: 'quad1' });
  return Math.max(
    3 * largestDeviation(forward.outputs[0] ?? [], expected.out),
    largestDeviation(backward.outputs[0] ?? [], expected.dqkv),
  );
}

/** Variants that need nothing beyond the standard, and those that do where the device has it. */
const ways = (...variants: string[]): Way[] =>
  variants.flatMap((variant) => [{ device: 'emulated', variant } as const, { device: 'real', variant } as const]);

describe('every variant', () => {
  it('needs lanes that exchange values, which this device has', () => {
    expect(device.features.has('subgroups')).toBe(true);
  });

  it.each(ways('tile1', 'quad1', 'quad2', 'quad4'))(
    '$variant on $device GPUs is right beyond one block',
    async (way) => {
      expect(await deviationOf(caseOf(shapeOf(2, 2, 67, 8)), way)).toBeLessThan(5e-6);
    },
  );

  it.each(ways('tile1', 'quad1'))('$variant on $device GPUs is right for heads of 5', async (way) => {
    expect(await deviationOf(caseOf(shapeOf(2, 3, 11, 5)), way)).toBeLessThan(5e-6);
  });

  it.each([
    { device: 'real', variant: 'tile/2', headSize: 8 },
    { device: 'emulated', variant: 'tile/4', headSize: 16 },
    { device: 'real', variant: 'tile/4', headSize: 32 },
  ] as const)('$variant, threads that share tokens, is right for heads of $headSize', async ({ headSize, ...way }) => {
    expect(await deviationOf(caseOf(shapeOf(1, 2, 37, headSize)), way)).toBeLessThan(5e-6);
  });

  it.each(ways('tile1', 'quad2'))('$variant on $device GPUs stays finite and right for huge scores', async (way) => {
    // Scores of up to some 10,000: nearly every weight is 0 or 1.
    const given = caseOf(shapeOf(1, 2, 19, 4), 80);
    const scores = attentionLoops(given.shape, given.qkv).logSumExp;
    expect(Math.max(...scores.map(Math.abs))).toBeGreaterThan(1e4);
    expect(await deviationOf(given, way)).toBeLessThan(2e-3);
  });

  it.each(['tile1', 'quad1'])('%s stays finite for scores of 10⁸', async (variant) => {
    const given = caseOf(shapeOf(1, 1, 9, 4), 1e4);
    const { out, logSumExp, dqkv } = await run(given, { device: 'emulated', variant });
    for (const values of [out, logSumExp, dqkv]) expect([...values].every(Number.isFinite)).toBe(true);
  });
});

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
      expect(await deviationOf(caseOf(shapeOf(2, 4, length, headSize, switches)), way)).toBeLessThan(1e-5);
    },
  );

  it('stays finite and right for huge scores', async () => {
    const given = caseOf(shapeOf(1, 4, 19, 4, switches), 80);
    expect(await deviationOf(given, { device: 'emulated', variant: 'tile1' })).toBeLessThan(2e-3);
  });

  it('drops the same weights forward and backward, the same bits every time', async () => {
    const given = caseOf(shapeOf(2, 4, 13, 4, switches));
    const way: Way = { device: 'emulated', variant: 'quad2' };
    const expected = attentionLoops(given.shape, given.qkv, { dy: given.dy, factors: factorsOf(given.shape) });
    const actual = await run(given, way, DROPOUT);
    expect(largestDeviation(actual.out, expected.out)).toBeLessThan(1e-5);
    expect(largestDeviation(actual.dqkv, expected.dqkv)).toBeLessThan(4e-5);
    expect(await run(given, way, DROPOUT)).toEqual(actual);
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

  it('half precision is read and written, or the device lacks it', async () => {
    expect(traitsOf(device).shaderF16).toBe(device.features.has('shader-f16'));
    if (device.features.has('shader-f16')) {
      expect(await halfDeviationOf(shapeOf(2, 4, 19, 8, switches))).toBeLessThan(3e-3);
    }
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
      expect(await deviationOf(caseOf(shapeOf(1, 4, length, headSize, all)), way)).toBeLessThan(1e-5);
      const causal = shapeOf(1, 4, length, headSize, { ...all, causal: true });
      expect(await deviationOf(caseOf(causal), way)).toBeLessThan(1e-5);
    },
  );
});

describe('a band', () => {
  it.each([1, 2, 63, 64, 75, 1000])('of %i tokens of 75 is right', async (band) => {
    const causal = caseOf(shapeOf(1, 2, 75, 4, { band }));
    expect(await deviationOf(causal, { device: 'emulated', variant: 'quad2' })).toBeLessThan(1e-5);
    const bothWays = caseOf(shapeOf(1, 2, 75, 4, { band, causal: false }));
    expect(await deviationOf(bothWays, { device: 'real', variant: 'tile1' })).toBeLessThan(1e-5);
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
    const { out, dqkv } = await run({ shape, qkv: poisoned, dy }, way);
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

describe('the variant that comes first', () => {
  const first = (shape: HeadShape, held: number): string => variantsFor(shape, traitsOf(device), held)[0] ?? '';

  it.each([
    shapeOf(1, 1, 1, 1),
    shapeOf(3, 2, 1, 3),
    shapeOf(1, 3, 5, 3),
    shapeOf(2, 1, 33, 16),
    shapeOf(1, 2, 17, 32),
    shapeOf(2, 2, 16, 4),
  ])('is right for $batch × $length, $nHead heads of $headSize', async (shape) => {
    expect(await deviationOf(caseOf(shape), { device: 'emulated', variant: first(shape, 4) })).toBeLessThan(5e-6);
  });

  it('repeats a result bit by bit', async () => {
    const given = caseOf(shapeOf(2, 2, 21, 8));
    const way: Way = { device: 'emulated', variant: first(given.shape, 4) };
    expect(await run(given, way)).toEqual(await run(given, way));
  });

  it.each(['tile1', 'quad2'])('with %s, later tokens change no bit of what comes before them', async (variant) => {
    const given = caseOf(shapeOf(1, 2, 23, 4));
    const changed = given.qkv.slice();
    const boundary = 13 * 3 * 8;
    for (let i = boundary; i < changed.length; i++) changed[i] = Math.fround(1e4 * Math.sin(i));
    const before = await run(given, { device: 'emulated', variant });
    const after = await run({ ...given, qkv: changed }, { device: 'emulated', variant });
    expect(after.out.slice(0, 13 * 8)).toEqual(before.out.slice(0, 13 * 8));
    expect(after.out.slice(13 * 8)).not.toEqual(before.out.slice(13 * 8));
  });
});

describe('variantsFor', () => {
  const names = (headSize: number, software: boolean, subgroups: boolean, length = 128): string[] =>
    variantsFor(shapeOf(8, 4, length, headSize), { ...traitsOf(device), software, subgroups }, 2);

  it.each([1, 3, 4, 5, 8, 12, 16, 32, 64, 80, 128])('names at most three that exist, for heads of %i', (headSize) => {
    for (const software of [true, false]) {
      for (const subgroups of [true, false]) {
        for (const length of [1, 7, 2048]) {
          const found = names(headSize, software, subgroups, length);
          expect(found.length).toBeGreaterThan(0);
          expect(found.length).toBeLessThanOrEqual(3);
          for (const name of found) expect(name).toMatch(/^(quad[124]|tile1|tile\/[24])$/);
          expect(subgroups || !found.some((name) => name.startsWith('quad'))).toBe(true);
        }
      }
    }
  });
});

describe('dropout', () => {
  it.each(ways('tile1', 'quad1', 'quad2'))(
    'drops the same weights forward and backward: $variant, $device',
    async (way) => {
      const given = caseOf(shapeOf(2, 3, 13, 4));
      const factors = factorsOf(given.shape);
      const expected = attentionLoops(given.shape, given.qkv, { dy: given.dy, factors });
      const { out, logSumExp, dqkv } = await run(given, way, DROPOUT);
      expect(largestDeviation(out, expected.out)).toBeLessThan(5e-6);
      expect(largestDeviation(logSumExp, expected.logSumExp)).toBeLessThan(5e-6);
      expect(largestDeviation(dqkv, expected.dqkv)).toBeLessThan(2e-5);
      expect(largestDeviation(out, attentionLoops(given.shape, given.qkv).out)).toBeGreaterThan(0.1);
    },
  );
});

describe('half precision', () => {
  it('serves heads that no vector fits', async () => {
    const has = device.features.has('shader-f16');
    expect(has ? await halfDeviationOf(shapeOf(2, 2, 19, 5)) : 0).toBeLessThan(3e-3);
  });
});

describe('attentionWeights', () => {
  it.each([
    { shape: shapeOf(1, 1, 1, 1), kind: 'emulated' },
    { shape: shapeOf(2, 3, 7, 5), kind: 'emulated' },
    { shape: shapeOf(1, 2, 67, 8), kind: 'emulated' },
    { shape: shapeOf(1, 2, 67, 8), kind: 'real' },
  ] as const)('is right for $shape on $kind GPUs', async ({ shape, kind }) => {
    const { qkv } = caseOf(shape, 2);
    const given = { shape: [shape.batch * shape.length, 3 * shape.nHead * shape.headSize], values: qkv };
    const { outputs } = await runKernelOnDevice(device, kernelOn(kind, attentionWeightsKernel(shape)), [given]);
    const [weights = new Float32Array()] = outputs;
    const { length } = shape;
    expect(largestDeviation(weights, attentionLoops(shape, qkv).weights)).toBeLessThan(5e-6);
    for (let row = 0; row < weights.length / length; row++) {
      const values = weights.subarray(row * length, (row + 1) * length);
      expect(values.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
      expect(values.subarray((row % length) + 1).every((weight) => weight === 0)).toBe(true);
    }
  });
});
