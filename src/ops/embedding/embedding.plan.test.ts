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
import {
  embedding,
  embeddingKernel,
  positionGradientKernel,
  tokenEmbeddingKernel,
  tokenGradientKernel,
} from './embedding.ts';
import { sinusoidalTable } from './sinusoidalTable.ts';

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
    const alone = onDeviceWith({ maxWorkgroupsPerDimension: 3 }, tokenEmbeddingKernel);
    expect(await planDeviations(device, alone, [tokens, index])).toEqual([0]);
    expect(Math.max(...forward, ...byToken, ...byPosition)).toBeLessThan(2e-6);
    expect(await isRepeatable(device, tokenGradient, [dy, index])).toBe(true);
  });

  it.each(['none', 'fixed'])('computes no gradient of positions that are %s', async (kind) => {
    const [ids, length, width] = [[1, 0, 1, 2], 2, 6];
    const tokens = randomOperand(new Random(39), [3, width]);
    const table = sinusoidalTable(4, width);
    const { outputs, plan } = await runPlanned(
      testContext(device, info),
      { tokens, ids: { shape: [ids.length], values: ids, dtype: 'int32' } },
      ({ tokens, ids }) => {
        const positions = kind === 'fixed' ? tf.tensor2d(table, [4, width]) : undefined;
        const op = (tokens: tf.Tensor): tf.Tensor =>
          embedding(tokens as tf.Tensor2D, positions, ids as tf.Tensor1D, tf.tensor1d([1], 'int32'), length, {
            positionsAreFixed: true,
          });
        const { value, grad } = tf.valueAndGrad(op)(tokens as tf.Tensor, tf.ones([4, width]));
        return { outputs: [value, grad] };
      },
    );
    const expected = ids.flatMap((id, row) =>
      Array.from({ length: width }, (_, j) => {
        const place = kind === 'fixed' ? (table[(1 + (row % length)) * width + j] ?? Number.NaN) : 0;
        return (tokens.values[id * width + j] ?? Number.NaN) + place;
      }),
    );
    expect(largestDeviation(outputs[0] ?? [], expected)).toBeLessThan(1e-6);
    expect([...(outputs[1] ?? [])]).toEqual([1, 2, 1].flatMap((count) => new Array<number>(width).fill(count)));
    expect(plan.dispatches.map(({ label }) => label)).not.toContain('positionGradient');
    expect(plan.dispatches[0]?.label).toBe(kind === 'fixed' ? 'embedding' : 'embedding of tokens');
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
