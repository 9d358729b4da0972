// Exact GELU's WGSL against its reference, forward and backward, on ragged rows and far from zero; and that it runs at the
// end of the product before it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDawnDevice } from '../../../scripts/dawn.mjs';
import { useBackend } from '../../../scripts/testBackend.ts';
import type * as tf from '../../engine/tf.ts';
import { Random } from '../../random/random.ts';
import { linear } from '../linear/linear.ts';
import { randomOperand } from '../testing/deviation.ts';
import { runKernelOnDevice } from '../testing/kernelRun.ts';
import { halfKernelVerdict, planDeviations } from '../testing/planDeviation.ts';
import { runPlanned, testContext } from '../testing/planHarness.ts';
import { geluExact, geluExactGradientKernel, geluExactKernel } from './geluExact.ts';

let device: GPUDevice;
let info: GPUAdapterInfo;
beforeAll(async () => {
  await useBackend('cpu');
  const { device: opened, adapter } = await openDawnDevice();
  device = opened;
  info = adapter.info;
});
afterAll(() => device.destroy());

describe('geluExact as a program', () => {
  it.each([
    [1, 1],
    [3, 7],
    [2, 64],
    [5, 65],
  ])('is right for %i × %i, forward and backward', async (rows, width) => {
    const random = new Random(62, rows, width);
    const [x, dy] = [randomOperand(random, [rows, width], 3), randomOperand(random, [rows, width])];
    expect(Math.max(...(await planDeviations(device, geluExactKernel, [x])))).toBeLessThan(2e-6);
    expect(Math.max(...(await planDeviations(device, geluExactGradientKernel, [dy, x])))).toBeLessThan(2e-6);
  });

  it('is the identity far to the right and zero far to the left, as is its slope', async () => {
    const far = [14, -14, 100, -100, 1e4, -1e4, 1e18, -1e18];
    const x = { shape: [1, far.length], values: far };
    const ones = { shape: [1, far.length], values: far.map(() => 1) };
    const [value = []] = (await runKernelOnDevice(device, geluExactKernel, [x])).outputs;
    const [slope = []] = (await runKernelOnDevice(device, geluExactGradientKernel, [ones, x])).outputs;
    far.forEach((place, i) => {
      expect(Math.abs((value[i] ?? Number.NaN) - Math.max(0, Math.fround(place)))).toBeLessThan(1e-6);
      expect(Math.abs((slope[i] ?? Number.NaN) - (place > 0 ? 1 : 0))).toBeLessThan(1e-6);
    });
  });

  it('can be stored in half precision, and its input, where the device can', async () => {
    const x = randomOperand(new Random(63), [3, 8], 2);
    const storage = device.features.has('shader-f16') ? 'f16' : 'f32';
    expect(await halfKernelVerdict(device, geluExactKernel, [{ ...x, storage }], 1e-3)).toBe('right');
    const dy = randomOperand(new Random(69), [3, 8]);
    const deviations = await planDeviations(device, geluExactGradientKernel, [dy, { ...x, storage }]);
    expect(Math.max(...deviations)).toBeLessThan(2e-6);
  });

  it('takes no dispatch of its own behind a product and its bias', async () => {
    const random = new Random(64);
    const inputs = {
      x: randomOperand(random, [3, 5]),
      weight: randomOperand(random, [5, 7]),
      bias: randomOperand(random, [7]),
    };
    const { plan } = await runPlanned(testContext(device, info), inputs, ({ x, weight, bias }) => ({
      outputs: [geluExact(linear(x as tf.Tensor2D, weight as tf.Tensor2D, bias as tf.Tensor1D, { half: true }))],
    }));
    expect(plan.dispatches.map(({ label }) => label)).toEqual(['matMul NN + biasAdd + geluExact']);
  });
});
