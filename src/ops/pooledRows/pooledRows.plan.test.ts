// Pooled rows' WGSL against its reference, forward and backward, as an emulated device and a graphics card run it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDawnDevice } from '../../../scripts/dawn.mjs';
import { useBackend } from '../../../scripts/testBackend.ts';
import * as tf from '../../engine/tf.ts';
import { Random } from '../../random/random.ts';
import { largestDeviation, randomOperand } from '../testing/deviation.ts';
import { isRepeatable, onDeviceWith, planDeviations } from '../testing/planDeviation.ts';
import { runPlanned, testContext } from '../testing/planHarness.ts';
import { pooledRows, pooledRowsGradientKernel, pooledRowsKernel } from './pooledRows.ts';

let device: GPUDevice;
let info: GPUAdapterInfo;
beforeAll(async () => {
  await useBackend('cpu');
  const { device: opened, adapter } = await openDawnDevice();
  device = opened;
  info = adapter.info;
});
afterAll(() => device.destroy());

const DEVICES = [{ software: true }, { software: false }, { software: false, maxWorkgroupsPerDimension: 2 }];

describe.each(['last', 'mean'] as const)('pooledRows as a program: %s', (mode) => {
  it.each([
    { batch: 1, length: 1, visible: 1, width: 1, size: 1 },
    { batch: 3, length: 5, visible: 3, width: 7, size: 1e4 },
    { batch: 9, length: 33, visible: 33, width: 12, size: 1 },
    { batch: 2, length: 70, visible: 1, width: 65, size: 1 },
  ])('is right for $visible of $length tokens of $width columns, $batch times', async (given) => {
    const { batch, length, visible, width, size } = given;
    const random = new Random(82, batch, length);
    const seen = { shape: [1], values: [visible], dtype: 'int32' as const };
    const [x, dy] = [randomOperand(random, [batch * length, width], size), randomOperand(random, [batch, width])];
    for (const traits of DEVICES) {
      const forward = onDeviceWith(traits, pooledRowsKernel(mode, length));
      const backward = onDeviceWith(traits, pooledRowsGradientKernel(mode, length));
      expect(Math.max(...(await planDeviations(device, forward, [x, seen])))).toBeLessThan(2e-6);
      expect(Math.max(...(await planDeviations(device, backward, [dy, seen])))).toBeLessThan(1e-6);
      expect(await isRepeatable(device, forward, [x, seen])).toBe(true);
    }
  });

  it('reads rows in half precision where the device can', async () => {
    const x = randomOperand(new Random(84), [12, 8]);
    const storage = device.features.has('shader-f16') ? 'f16' : 'f32';
    const seen = { shape: [1], values: [5], dtype: 'int32' as const };
    const deviations = await planDeviations(device, pooledRowsKernel(mode, 6), [{ ...x, storage }, seen]);
    expect(Math.max(...deviations)).toBeLessThan(2e-6);
  });

  it('sees as many tokens as it is told when it runs', async () => {
    const x = randomOperand(new Random(83), [8, 3]);
    for (const visible of [1, 3, 4]) {
      const seen = { shape: [1], values: [visible], dtype: 'int32' as const };
      const { outputs, plan } = await runPlanned(testContext(device, info), { x, seen }, ({ x, seen }) => {
        const op = (x: tf.Tensor): tf.Tensor => pooledRows(x as tf.Tensor2D, mode, 4, seen as tf.Tensor1D);
        const { value, grad } = tf.valueAndGrad(op)(x as tf.Tensor, tf.ones([2, 3]));
        return { outputs: [value, grad] };
      });
      const isUsed = (token: number): boolean => (mode === 'last' ? token === visible - 1 : token < visible);
      const share = mode === 'last' ? 1 : 1 / visible;
      const weights = Array.from({ length: 8 }, (_, row) => (isUsed(row % 4) ? share : 0));
      const expected = Array.from({ length: 6 }, (_, i) =>
        [0, 1, 2, 3].reduce((sum, token) => {
          const row = Math.floor(i / 3) * 4 + token;
          return sum + (weights[row] ?? 0) * (x.values[row * 3 + (i % 3)] ?? Number.NaN);
        }, 0),
      );
      expect(largestDeviation(outputs[0] ?? [], expected)).toBeLessThan(1e-6);
      expect(
        largestDeviation(
          outputs[1] ?? [],
          weights.flatMap((weight) => [weight, weight, weight]),
        ),
      ).toBeLessThan(1e-6);
      const labels = [`pooledRows ${mode}`, `pooledRowsGradient ${mode}`];
      expect(plan.dispatches.map(({ label }) => label)).toEqual(labels);
    }
  });
});
