// GELU's WGSL against its reference, forward and backward, on ragged rows and far from zero.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDawnDevice } from '../../../scripts/dawn.mjs';
import { useBackend } from '../../../scripts/testBackend.ts';
import { Random } from '../../random/random.ts';
import { randomOperand } from '../testing/deviation.ts';
import { runKernelOnDevice } from '../testing/kernelRun.ts';
import { halfKernelVerdict, planDeviations } from '../testing/planDeviation.ts';
import { geluGradientKernel, geluKernel } from './gelu.ts';

let device: GPUDevice;
beforeAll(async () => {
  await useBackend('cpu');
  ({ device } = await openDawnDevice());
});
afterAll(() => device.destroy());

describe('gelu as a program', () => {
  it.each([
    [1, 1],
    [3, 7],
    [2, 64],
    [5, 65],
  ])('is right for %i × %i, forward and backward', async (rows, width) => {
    const random = new Random(31, rows, width);
    const [x, dy] = [randomOperand(random, [rows, width], 3), randomOperand(random, [rows, width])];
    expect(Math.max(...(await planDeviations(device, geluKernel, [x])))).toBeLessThan(3e-6);
    expect(Math.max(...(await planDeviations(device, geluGradientKernel, [dy, x])))).toBeLessThan(3e-6);
  });

  it('is the identity far to the right and zero far to the left, as is its slope', async () => {
    const far = [12, -12, 100, -100, 1e4, -1e4, 1e18, -1e18];
    const x = { shape: [1, far.length], values: far };
    const ones = { shape: [1, far.length], values: far.map(() => 1) };
    const [value = []] = (await runKernelOnDevice(device, geluKernel, [x])).outputs;
    const [slope = []] = (await runKernelOnDevice(device, geluGradientKernel, [ones, x])).outputs;
    far.forEach((place, i) => {
      expect(Math.abs((value[i] ?? Number.NaN) - Math.max(0, Math.fround(place)))).toBeLessThan(1e-6);
      expect(Math.abs((slope[i] ?? Number.NaN) - (place > 0 ? 1 : 0))).toBeLessThan(1e-6);
    });
  });

  it('can be stored in half precision where the device can', async () => {
    const x = randomOperand(new Random(32), [3, 8], 2);
    expect(
      await halfKernelVerdict(
        device,
        geluKernel,
        [{ ...x, storage: device.features.has('shader-f16') ? 'f16' : 'f32' }],
        1e-3,
      ),
    ).toBe('right');
  });
});
