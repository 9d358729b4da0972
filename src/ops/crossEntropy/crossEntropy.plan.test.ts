// Cross-entropy's WGSL against its reference in every division of a workgroup: vocabularies from 2 to GPT-3's, with and
// without z-loss and smooth labels, extreme logits, and logits that are not finite.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDawnDevice } from '../../../scripts/dawn.mjs';
import { useBackend } from '../../../scripts/testBackend.ts';
import { Random } from '../../random/random.ts';
import { differenceGradient, largestDeviation, randomOperand } from '../testing/deviation.ts';
import { float64Objective } from '../testing/float64Objective.ts';
import { runKernelOnDevice, type KernelInput } from '../testing/kernelRun.ts';
import { isRepeatable, onDeviceWith, planDeviations } from '../testing/planDeviation.ts';
import { crossEntropyKernel } from './crossEntropy.ts';
import { CROSS_ENTROPY_VARIANTS } from './crossEntropy.wgsl.ts';
import { meanOfKernel } from './meanOf.ts';
import type { Objective } from './objective.ts';

const GPU = { software: false };
/** Workgroups in two dimensions, as large problems need. */
const TWO_DIMENSIONS = { maxWorkgroupsPerDimension: 3 };

let device: GPUDevice;
beforeAll(async () => {
  await useBackend('cpu');
  ({ device } = await openDawnDevice());
});
afterAll(() => device.destroy());

const ids = (values: readonly number[]): KernelInput => ({ shape: [values.length], values, dtype: 'int32' });

const OBJECTIVES: readonly Objective[] = [
  { zLoss: 0.01, labelSmoothing: 0 },
  { zLoss: 0, labelSmoothing: 0.1 },
  { zLoss: 1, labelSmoothing: 0.9 },
];

/** Logits whose gradient takes their place, and targets. */
function given(rows: number, vocabSize: number): KernelInput[] {
  const random = new Random(35, rows, vocabSize);
  const targets = Array.from({ length: rows }, () => random.integer(vocabSize));
  return [randomOperand(random, [rows, vocabSize], 3), ids(targets)];
}

describe.each(CROSS_ENTROPY_VARIANTS)('crossEntropy as a program, in groups of %s', (variant) => {
  it.each([
    [9, 13],
    [3, 65],
    [2, 1028],
  ])('is right for %i rows of %i', async (rows, vocabSize) => {
    const kernel = crossEntropyKernel(1 / rows);
    expect(Math.max(...(await planDeviations(device, kernel, given(rows, vocabSize), { variant })))).toBeLessThan(5e-6);
  });

  it('is right with z-loss and smooth labels', async () => {
    for (const [rows, vocabSize] of [
      [9, 13],
      [2, 1028],
    ] as const) {
      const kernel = crossEntropyKernel(1 / rows, { zLoss: 0.01, labelSmoothing: 0.1 });
      const worst = Math.max(...(await planDeviations(device, kernel, given(rows, vocabSize), { variant })));
      expect(worst, `${rows} × ${vocabSize}`).toBeLessThan(5e-6);
    }
  });

  it('is right for logits of ±10,000, sure and right or sure and wrong', async () => {
    const cases = [
      { logits: [1e4, -1e4, 0], target: 0, loss: 0, slope: [0, 0, 0] },
      { logits: [1e4, -1e4, 0], target: 1, loss: 2e4, slope: [1, -1, 0] },
      { logits: [-1e4, -1e4, -1e4], target: 2, loss: Math.log(3), slope: [1 / 3, 1 / 3, -2 / 3] },
      { logits: [-1e4, 1e4, 1e4], target: 1, loss: Math.log(2), slope: [0, -0.5, 0.5] },
    ];
    const logits = { shape: [4, 3], values: cases.flatMap((one) => one.logits) };
    const targets = ids(cases.map(({ target }) => target));
    const { outputs } = await runKernelOnDevice(device, crossEntropyKernel(1), [logits, targets], { variant });
    cases.forEach(({ loss, slope }, row) => {
      expect(outputs[0]?.[row], `loss of row ${row}`).toBeCloseTo(loss, loss > 100 ? 2 : 6);
      slope.forEach((value, j) => expect(outputs[1]?.[row * 3 + j], `slope of row ${row}`).toBeCloseTo(value, 6));
    });
  });

  it('tells of a logit that is not a number, in its row alone', async () => {
    const values = Float32Array.from({ length: 15 }, (_, i) => (i === 7 ? Number.NaN : 1));
    const inputs = [{ shape: [3, 5], values }, ids([0, 0, 0])];
    const [losses = []] = (await runKernelOnDevice(device, crossEntropyKernel(1), inputs, { variant })).outputs;
    expect([...losses].map(Number.isFinite)).toEqual([true, false, true]);
  });
});

describe('crossEntropy as a program', () => {
  it.each(OBJECTIVES)('is right with $zLoss · (log Z)² and labels smooth by $labelSmoothing', async (objective) => {
    for (const [rows, vocabSize] of [
      [3, 2],
      [5, 8],
    ] as const) {
      const kernel = crossEntropyKernel(1 / rows, objective);
      expect(Math.max(...(await planDeviations(device, kernel, given(rows, vocabSize))))).toBeLessThan(5e-6);
    }
  });

  it.each(OBJECTIVES)('keeps its digits for logits of ±10,000: $zLoss, $labelSmoothing', async (objective) => {
    const rows = [
      [1e4, -1e4, 0],
      [-1e4, -1e4, -1e4],
      [-1e4, 1e4, 1e4],
      // Far from zero and near to one another: what the sum of all logits would swallow.
      [9999.5, 9999, 1e4],
    ];
    const targets = [1, 2, 1, 0];
    const inputs = [{ shape: [4, 3], values: rows.flat() }, ids(targets)];
    for (const variant of ['8x1', '8x8']) {
      const { outputs } = await runKernelOnDevice(device, crossEntropyKernel(1, objective), inputs, { variant });
      rows.forEach((values, row) => {
        const lossOf = (x: Float64Array): number => float64Objective(x, [targets[row] ?? 0], objective);
        const logits = Float64Array.from(values);
        expect(largestDeviation([outputs[0]?.[row] ?? 0], [lossOf(logits)]), `loss of row ${row}`).toBeLessThan(1e-6);
        const found = outputs[1]?.subarray(3 * row, 3 * row + 3) ?? [];
        const slope = differenceGradient(lossOf, logits, 1e-3);
        expect(largestDeviation(found, slope), `slope of row ${row}`).toBeLessThan(5e-6);
      });
    }
  });

  it.each([
    [1, 2],
    [3, 3],
    [65, 64],
    [1, 257],
  ])('is right for %i rows of %i', async (rows, vocabSize) => {
    expect(Math.max(...(await planDeviations(device, crossEntropyKernel(1), given(rows, vocabSize))))).toBeLessThan(
      5e-6,
    );
  });

  it('is right where workgroups take two dimensions', async () => {
    const kernel = onDeviceWith(TWO_DIMENSIONS, crossEntropyKernel(1));
    expect(Math.max(...(await planDeviations(device, kernel, given(45, 7))))).toBeLessThan(5e-6);
  });

  it('gives the same bits every time', async () => {
    expect(await isRepeatable(device, crossEntropyKernel(1), given(4, 1030), { variant: '1x256' })).toBe(true);
  });

  it.each(['8x1', '8x8', '1x256'])("is right for GPT-3's vocabulary in groups of %s", async (variant) => {
    for (const objective of [undefined, { zLoss: 1e-4, labelSmoothing: 0.1 }]) {
      const kernel = crossEntropyKernel(1 / 3, objective);
      expect(Math.max(...(await planDeviations(device, kernel, given(3, 50_257), { variant })))).toBeLessThan(2e-5);
    }
  });
});

describe('meanOf as a program', () => {
  it.each([1, 5, 64, 1000])('is right for %i numbers', async (size) => {
    const x = randomOperand(new Random(36, size), [size], 1, 2);
    expect(Math.max(...(await planDeviations(device, meanOfKernel, [x])))).toBeLessThan(1e-6);
    expect(Math.max(...(await planDeviations(device, onDeviceWith(GPU, meanOfKernel), [x])))).toBeLessThan(1e-6);
  });
});
