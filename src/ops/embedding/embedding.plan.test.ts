// The embedding's WGSL against its references, forward and backward; and in a plan, where the tokens' gradient is added
// to another one of the same table.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDawnDevice } from '../../../scripts/dawn.mjs';
import { useBackend } from '../../../scripts/testBackend.ts';
import { runKernel } from '../../engine/kernel.ts';
import * as tf from '../../engine/tf.ts';
import { Random } from '../../random/random.ts';
import { geluKernel } from '../gelu/gelu.ts';
import { largestDeviation, randomOperand } from '../testing/deviation.ts';
import type { KernelInput } from '../testing/kernelRun.ts';
import { isRepeatable, onDeviceWith, planDeviations } from '../testing/planDeviation.ts';
import { runPlanned, testContext } from '../testing/planHarness.ts';
import { embeddingKernel, positionGradientKernel, tokenGradientKernel } from './embedding.ts';

let device: GPUDevice;
let info: GPUAdapterInfo;
beforeAll(async () => {
  await useBackend('cpu');
  const { device: opened, adapter } = await openDawnDevice();
  device = opened;
  info = adapter.info;
});
afterAll(() => device.destroy());

const integers = (values: readonly number[]): KernelInput => ({ shape: [values.length], values, dtype: 'int32' });

const CASES = [
  { name: 'a single token', vocabSize: 1, width: 1, ids: [0], length: 1, contextLength: 1, position: 0 },
  {
    name: 'rows of one id',
    vocabSize: 4,
    width: 64,
    ids: new Array<number>(70).fill(3),
    length: 7,
    contextLength: 9,
    position: 2,
  },
  {
    name: 'ids all different',
    vocabSize: 40,
    width: 3,
    ids: Array.from({ length: 36 }, (_, i) => 39 - i),
    length: 12,
    contextLength: 12,
    position: 0,
  },
  {
    name: 'repeated ids',
    vocabSize: 65,
    width: 65,
    ids: Array.from({ length: 130 }, (_, i) => (i * i) % 61),
    length: 65,
    contextLength: 70,
    position: 5,
  },
];

describe('the embedding as a program', () => {
  it.each(CASES)('is right for $name, forward and backward', async (given) => {
    const { vocabSize, width, ids, length, contextLength, position } = given;
    const random = new Random(37, vocabSize, width);
    const [tokens, positions] = [vocabSize, contextLength].map((rows) => randomOperand(random, [rows, width]));
    if (tokens === undefined || positions === undefined) throw new Error('There are two tables.');
    const dy = randomOperand(random, [ids.length, width]);
    const [index, first] = [integers(ids), integers([position])];
    const forward = await planDeviations(
      device,
      onDeviceWith({ maxWorkgroupsPerDimension: 3 }, embeddingKernel(length)),
      [tokens, positions, index, first],
    );
    // Workgroups in two dimensions, as large batches need.
    const tokenGradient = onDeviceWith({ maxWorkgroupsPerDimension: 3 }, tokenGradientKernel(vocabSize));
    const byToken = await planDeviations(device, tokenGradient, [dy, index]);
    const byPosition = await planDeviations(device, positionGradientKernel(length, contextLength), [dy, first]);
    expect(Math.max(...forward, ...byToken, ...byPosition)).toBeLessThan(2e-6);
    expect(await isRepeatable(device, tokenGradient, [dy, index])).toBe(true);
  });

  it("adds the tokens' gradient to what is there", async () => {
    const random = new Random(38);
    const [there, dy] = [randomOperand(random, [5, 6]), randomOperand(random, [7, 6])];
    const ids = [4, 0, 4, 2, 0, 0, 4];
    const { outputs, plan } = await runPlanned(
      testContext(device, info),
      { there, dy, ids: { shape: [7], values: ids, dtype: 'int32' } },
      ({ there, dy, ids }) => {
        // Made by a kernel, as the output layer's gradient is.
        const [made] = runKernel(geluKernel, there as tf.Tensor2D);
        const [byToken] = runKernel(tokenGradientKernel(5), dy as tf.Tensor2D, ids as tf.Tensor1D);
        return { outputs: [tf.add(made, byToken)] };
      },
    );
    const expected = there.values.map(
      (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
    );
    ids.forEach((id, row) => {
      for (let j = 0; j < 6; j++) expected[id * 6 + j] = (expected[id * 6 + j] ?? 0) + (dy.values[row * 6 + j] ?? 0);
    });
    expect(largestDeviation(outputs[0] ?? [], expected)).toBeLessThan(3e-6);
    expect(plan.dispatches.map(({ label }) => label)).not.toContain('add');
  });
});
