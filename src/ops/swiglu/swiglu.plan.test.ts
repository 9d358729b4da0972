// SwiGLU's WGSL against its reference, forward and backward, on ragged rows and far from zero.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDawnDevice } from '../../../scripts/dawn.mjs';
import { useBackend } from '../../../scripts/testBackend.ts';
import * as tf from '../../engine/tf.ts';
import { Random } from '../../random/random.ts';
import { randomOperand } from '../testing/deviation.ts';
import { runKernelOnDevice } from '../testing/kernelRun.ts';
import { halfKernelVerdict, onDeviceWith, planDeviations } from '../testing/planDeviation.ts';
import { runPlanned, testContext } from '../testing/planHarness.ts';
import { swiglu, swigluGradientKernel, swigluKernel } from './swiglu.ts';

let device: GPUDevice;
let info: GPUAdapterInfo;
beforeAll(async () => {
  await useBackend('cpu');
  const { device: opened, adapter } = await openDawnDevice();
  device = opened;
  info = adapter.info;
});
afterAll(() => device.destroy());

describe('swiglu as a program', () => {
  it.each([
    [1, 1],
    [3, 7],
    [2, 64],
    [70, 13],
  ])('is right for %i rows of two times %i, forward and backward', async (rows, width) => {
    const random = new Random(72, rows, width);
    const [x, dy] = [randomOperand(random, [rows, 2 * width], 3), randomOperand(random, [rows, width])];
    const [forward, backward] = [swigluKernel, swigluGradientKernel];
    expect(Math.max(...(await planDeviations(device, forward, [x])))).toBeLessThan(3e-6);
    expect(Math.max(...(await planDeviations(device, backward, [dy, x])))).toBeLessThan(3e-6);
    // Workgroups in two dimensions, as large batches need.
    const two = { maxWorkgroupsPerDimension: 1 };
    expect(Math.max(...(await planDeviations(device, onDeviceWith(two, forward), [x])))).toBeLessThan(3e-6);
    expect(Math.max(...(await planDeviations(device, onDeviceWith(two, backward), [dy, x])))).toBeLessThan(3e-6);
  });

  it('lets everything or nothing through far from zero', async () => {
    const gates = [100, -100, 1e4, -1e4, 1e18, -1e18];
    const x = { shape: [1, 12], values: [...gates, ...gates.map(() => 3)] };
    const ones = { shape: [1, 6], values: gates.map(() => 1) };
    const [value = []] = (await runKernelOnDevice(device, swigluKernel, [x])).outputs;
    const [slope = []] = (await runKernelOnDevice(device, swigluGradientKernel, [ones, x])).outputs;
    gates.forEach((gate, i) => {
      const open = Math.max(0, gate);
      expect(Math.abs((value[i] ?? Number.NaN) - Math.fround(3 * Math.fround(open)))).toBeLessThan(
        1e-6 * Math.max(1, open),
      );
      expect(slope[i]).toBeCloseTo(gate > 0 ? 3 : 0, 6);
      expect(Math.abs((slope[6 + i] ?? Number.NaN) - Math.fround(open))).toBeLessThan(1e-6 * Math.max(1, open));
    });
  });

  it('can be stored in half precision, and its input, where the device can', async () => {
    const x = randomOperand(new Random(73), [3, 16], 2);
    const storage = device.features.has('shader-f16') ? 'f16' : 'f32';
    expect(await halfKernelVerdict(device, swigluKernel, [{ ...x, storage }], 1e-3)).toBe('right');
    const dy = randomOperand(new Random(75), [3, 8]);
    const deviations = await planDeviations(device, swigluGradientKernel, [dy, { ...x, storage }]);
    expect(Math.max(...deviations)).toBeLessThan(3e-6);
  });

  it('is one dispatch each way', async () => {
    const x = randomOperand(new Random(74), [3, 10]);
    const { plan } = await runPlanned(testContext(device, info), { x }, ({ x }) => {
      const { value, grad } = tf.valueAndGrad((x) => swiglu(x as tf.Tensor2D))(x as tf.Tensor, tf.ones([3, 5]));
      return { outputs: [value, grad] };
    });
    expect(plan.dispatches.map(({ label }) => label)).toEqual(['swiglu', 'swigluGradient']);
  });
});
