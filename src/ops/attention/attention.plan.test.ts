// The WGSL of attention, its gradient and its weights against plain loops in double precision: every variant, those for
// real GPUs too, on sizes that fit no block. Outputs start as NaN.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDawnDevice } from '../../../scripts/dawn.mjs';
import type { Kernel } from '../../engine/kernel.ts';
import type * as tf from '../../engine/tf.ts';
import { Random } from '../../random/random.ts';
import { mix32 } from '../../random/random.ts';
import { largestDeviation, randomOperand } from '../testing/deviation.ts';
import { fromHalf } from '../../engine/half.ts';
import { runKernelOnDevice, toHalf, traitsOf } from '../testing/kernelRun.ts';
import { attentionGradientKernel, attentionKernel } from './attention.ts';
import { attentionLoops } from './attentionLoops.ts';
import { attentionWeightsKernel } from './attentionWeights.ts';
import type { HeadShape } from './heads.ts';
import { variantsFor } from './rowBlocks.wgsl.ts';

let device: GPUDevice;
beforeAll(async () => {
  ({ device } = await openDawnDevice());
});
afterAll(() => device.destroy());

const shapeOf = (batch: number, nHead: number, length: number, headSize: number): HeadShape => ({
  batch,
  nHead,
  length,
  headSize,
});

interface Case {
  readonly shape: HeadShape;
  readonly qkv: Float64Array;
  readonly dy: Float64Array;
  readonly deviation?: number;
  readonly factors?: ArrayLike<number>;
}

function caseOf(shape: HeadShape, deviation = 1): Case {
  const random = new Random(31, shape.length, shape.headSize);
  const [rows, width] = [shape.batch * shape.length, shape.nHead * shape.headSize];
  return {
    shape,
    qkv: randomOperand(random, [rows, 3 * width], deviation).values,
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
): Kernel<I, O> => {
  const { program } = kernel;
  return program
    ? { ...kernel, program: (site) => program({ ...site, traits: { ...site.traits, software: kind === 'emulated' } }) }
    : kernel;
};

const KEY = { shape: [1], values: [1234], dtype: 'int32' } as const;

/** Runs forward and backward, the gradient with the forward kernel's own results. */
async function run({ shape, qkv, dy }: Case, way: Way, dropout?: { rate: number; site: number }) {
  const [rows, width] = [shape.batch * shape.length, shape.nHead * shape.headSize];
  const given = { shape: [rows, 3 * width], values: qkv };
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
  const expected = attentionLoops(given.shape, given.qkv, given.dy);
  const { out, logSumExp, dqkv } = await run(given, way);
  return Math.max(
    largestDeviation(out, expected.out),
    largestDeviation(logSumExp, expected.logSumExp),
    largestDeviation(dqkv, expected.dqkv) / 4,
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
  const dropout = { rate: 0.4, site: 5 };
  /** What `dropoutMask` gives for [B, H, T, T], computed apart from it. */
  const factorsOf = ({ batch, nHead, length }: HeadShape): Float64Array => {
    const start = mix32(Math.imul(1234, 0x9e3779b1) + dropout.site);
    return Float64Array.from({ length: batch * nHead * length * length }, (_, i) =>
      mix32(start + Math.imul(i, 0x9e3779b9)) < dropout.rate * 2 ** 32 ? 0 : 1 / (1 - dropout.rate),
    );
  };

  it.each(ways('tile1', 'quad1', 'quad2'))(
    'drops the same weights forward and backward: $variant, $device',
    async (way) => {
      const given = caseOf(shapeOf(2, 3, 13, 4));
      const factors = factorsOf(given.shape);
      const expected = attentionLoops(given.shape, given.qkv, given.dy, factors);
      const { out, logSumExp, dqkv } = await run(given, way, dropout);
      expect(largestDeviation(out, expected.out)).toBeLessThan(5e-6);
      expect(largestDeviation(logSumExp, expected.logSumExp)).toBeLessThan(5e-6);
      expect(largestDeviation(dqkv, expected.dqkv)).toBeLessThan(2e-5);
      expect(largestDeviation(out, attentionLoops(given.shape, given.qkv).out)).toBeGreaterThan(0.1);
    },
  );
});

describe('half precision', () => {
  it('is read and written, or the device lacks it', async () => {
    const hasHalf = device.features.has('shader-f16');
    expect(traitsOf(device).shaderF16).toBe(hasHalf);
    for (const headSize of hasHalf ? [5, 8] : []) {
      const { shape, qkv, dy } = caseOf(shapeOf(2, 2, 19, headSize));
      const halves = qkv.map((value) => fromHalf(toHalf(value)));
      const expected = attentionLoops(shape, halves, dy);
      const [rows, width] = [shape.batch * shape.length, shape.nHead * headSize];
      const given = { shape: [rows, 3 * width], values: halves, storage: 'f16' } as const;
      const forward = await runKernelOnDevice(device, attentionKernel(shape, undefined), [given], {
        variant: 'quad1',
        outputStorage: 'f16',
      });
      expect(largestDeviation(forward.outputs[0] ?? [], expected.out)).toBeLessThan(1e-3);
      const inputs = [
        { shape: [rows, width], values: dy, storage: 'f16' } as const,
        given,
        { shape: [rows, width], values: expected.out, storage: 'f16' } as const,
        { shape: [shape.batch * shape.nHead, shape.length], values: expected.logSumExp },
      ];
      const backward = await runKernelOnDevice(device, attentionGradientKernel(shape, undefined), inputs, {
        variant: 'quad1',
      });
      expect(largestDeviation(backward.outputs[0] ?? [], expected.dqkv)).toBeLessThan(3e-3);
    }
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
