// The WGSL of attention, its gradient and its weights against plain loops in double precision: every variant, those for
// real GPUs too, on sizes that fit no block. Outputs start as NaN. What may be switched is `attentionSwitches.plan.test.ts`.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDawnDevice } from '../../../scripts/dawn.mjs';
import { largestDeviation } from '../testing/deviation.ts';
import { runKernelOnDevice, traitsOf } from '../testing/kernelRun.ts';
import { halfVerdict } from '../testing/planDeviation.ts';
import { shapeOf } from './attentionCases.ts';
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
import { attentionWeightsKernel } from './attentionWeights.ts';
import { type HeadShape } from './heads.ts';
import { variantsFor } from './rowBlocks.wgsl.ts';

let device: GPUDevice;
beforeAll(async () => {
  ({ device } = await openDawnDevice());
});
afterAll(() => device.destroy());

describe('every variant', () => {
  it('needs lanes that exchange values, which this device has', () => {
    expect(device.features.has('subgroups')).toBe(true);
  });

  it.each(ways('tile1', 'quad1', 'quad2', 'quad4'))(
    '$variant on $device GPUs is right beyond one block',
    async (way) => {
      expect(await deviationOf(device, caseOf(shapeOf(2, 2, 67, 8)), way)).toBeLessThan(5e-6);
    },
  );

  it.each(ways('tile1', 'quad1'))('$variant on $device GPUs is right for heads of 5', async (way) => {
    expect(await deviationOf(device, caseOf(shapeOf(2, 3, 11, 5)), way)).toBeLessThan(5e-6);
  });

  it.each([
    { device: 'real', variant: 'tile/2', headSize: 8 },
    { device: 'emulated', variant: 'tile/4', headSize: 16 },
    { device: 'real', variant: 'tile/4', headSize: 32 },
  ] as const)('$variant, threads that share tokens, is right for heads of $headSize', async ({ headSize, ...way }) => {
    expect(await deviationOf(device, caseOf(shapeOf(1, 2, 37, headSize)), way)).toBeLessThan(5e-6);
  });

  it.each(ways('tile1', 'quad2'))('$variant on $device GPUs stays finite and right for huge scores', async (way) => {
    // Scores of up to some 10,000: nearly every weight is 0 or 1.
    const given = caseOf(shapeOf(1, 2, 19, 4), 80);
    const scores = attentionLoops(given.shape, given.qkv).logSumExp;
    expect(Math.max(...scores.map(Math.abs))).toBeGreaterThan(1e4);
    expect(await deviationOf(device, given, way)).toBeLessThan(2e-3);
  });

  it.each(['tile1', 'quad1'])('%s stays finite for scores of 10⁸', async (variant) => {
    const given = caseOf(shapeOf(1, 1, 9, 4), 1e4);
    const { out, logSumExp, dqkv } = await runBoth(device, given, { device: 'emulated', variant });
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
    expect(await deviationOf(device, caseOf(shape), { device: 'emulated', variant: first(shape, 4) })).toBeLessThan(
      5e-6,
    );
  });

  it('repeats a result bit by bit', async () => {
    const given = caseOf(shapeOf(2, 2, 21, 8));
    const way: Way = { device: 'emulated', variant: first(given.shape, 4) };
    expect(await runBoth(device, given, way)).toEqual(await runBoth(device, given, way));
  });

  it.each(['tile1', 'quad2'])('with %s, later tokens change no bit of what comes before them', async (variant) => {
    const given = caseOf(shapeOf(1, 2, 23, 4));
    const changed = given.qkv.slice();
    const boundary = 13 * 3 * 8;
    for (let i = boundary; i < changed.length; i++) changed[i] = Math.fround(1e4 * Math.sin(i));
    const before = await runBoth(device, given, { device: 'emulated', variant });
    const after = await runBoth(device, { ...given, qkv: changed }, { device: 'emulated', variant });
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

  it('gives emulated GPUs blocks no wider than a band', () => {
    const traits = { ...traitsOf(device), subgroups: true };
    const of = (band: number): string[] => variantsFor(shapeOf(8, 4, 512, 4, { band }), traits, 4);
    expect([3, 8, 16].map(of)).toEqual([['quad1'], ['quad1'], ['quad2']]);
    expect(of(512)).toEqual(of(0));
  });
});

describe('dropout', () => {
  it.each(ways('tile1', 'quad1', 'quad2'))(
    'drops the same weights forward and backward: $variant, $device',
    async (way) => {
      const given = caseOf(shapeOf(2, 3, 13, 4));
      const factors = factorsOf(given.shape);
      const expected = attentionLoops(given.shape, given.qkv, { dy: given.dy, factors });
      const { out, logSumExp, dqkv } = await runBoth(device, given, way, DROPOUT);
      expect(largestDeviation(out, expected.out)).toBeLessThan(5e-6);
      expect(largestDeviation(logSumExp, expected.logSumExp)).toBeLessThan(5e-6);
      expect(largestDeviation(dqkv, expected.dqkv)).toBeLessThan(2e-5);
      expect(largestDeviation(out, attentionLoops(given.shape, given.qkv).out)).toBeGreaterThan(0.1);
    },
  );
});

describe('half precision', () => {
  it('serves heads that no vector fits', async () => {
    const deviation = (): Promise<number> => halfDeviationOf(device, shapeOf(2, 2, 19, 5));
    expect(await halfVerdict(device, 3e-3, deviation)).toBe('right');
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
