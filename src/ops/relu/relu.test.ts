// The rectifier against plain loops in double precision, on every backend, and its WGSL against its reference.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDawnDevice } from '../../../scripts/dawn.mjs';
import { TEST_BACKENDS, useBackend } from '../../../scripts/testBackend.ts';
import type * as tf from '../../engine/tf.ts';
import { Random } from '../../random/random.ts';
import { linear } from '../linear/linear.ts';
import { opDeviation, randomOperand, worstOf } from '../testing/deviation.ts';
import { runKernelOnDevice } from '../testing/kernelRun.ts';
import { halfKernelVerdict, planDeviations } from '../testing/planDeviation.ts';
import { runPlanned, testContext } from '../testing/planHarness.ts';
import { relu, reluGradientKernel, reluKernel } from './relu.ts';

const SIZES = [
  { rows: 1, width: 1, size: 1 },
  { rows: 3, width: 7, size: 1e4 },
  { rows: 5, width: 64, size: 1 },
];

describe.each(TEST_BACKENDS)('relu on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each(SIZES)('is right for $rows × $width of $size, forward and backward', async ({ rows, width, size }) => {
    const random = new Random(65, rows, width);
    const loops = (x: Float64Array): Float64Array => x.map((value) => Math.max(0, value));
    const deviation = await opDeviation(relu, loops, [randomOperand(random, [rows, width], size)], random);
    // Differences of values of 10⁴ cost the reference's slopes some digits.
    expect(worstOf(deviation)).toBeLessThan(size === 1 ? 1e-6 : 1e-5);
  });
});

describe('relu as a program', () => {
  let device: GPUDevice;
  let info: GPUAdapterInfo;
  beforeAll(async () => {
    await useBackend('cpu');
    const { device: opened, adapter } = await openDawnDevice();
    device = opened;
    info = adapter.info;
  });
  afterAll(() => device.destroy());

  it.each(SIZES)('is exact for $rows × $width of $size, forward and backward', async ({ rows, width, size }) => {
    const random = new Random(66, rows, width);
    const [x, dy] = [randomOperand(random, [rows, width], size), randomOperand(random, [rows, width])];
    expect(await planDeviations(device, reluKernel, [x])).toEqual([0]);
    expect(await planDeviations(device, reluGradientKernel, [dy, x])).toEqual([0]);
  });

  it('is zero at zero, where its slope is zero too', async () => {
    const [zero, one] = [0, 1].map((value) => ({ shape: [1, 2], values: [value, value] }));
    if (zero === undefined || one === undefined) throw new RangeError('There are two inputs.');
    expect([...((await runKernelOnDevice(device, reluKernel, [zero])).outputs[0] ?? [])]).toEqual([0, 0]);
    expect([...((await runKernelOnDevice(device, reluGradientKernel, [one, zero])).outputs[0] ?? [])]).toEqual([0, 0]);
  });

  it('can be stored in half precision, and its input, where the device can', async () => {
    const x = randomOperand(new Random(67), [3, 8], 2);
    const storage = device.features.has('shader-f16') ? 'f16' : 'f32';
    expect(await halfKernelVerdict(device, reluKernel, [{ ...x, storage }], 1e-3)).toBe('right');
    const dy = randomOperand(new Random(70), [3, 8]);
    expect(await planDeviations(device, reluGradientKernel, [dy, { ...x, storage }])).toEqual([0]);
  });

  it('takes no dispatch of its own behind a product and its bias', async () => {
    const random = new Random(68);
    const inputs = {
      x: randomOperand(random, [3, 5]),
      weight: randomOperand(random, [5, 7]),
      bias: randomOperand(random, [7]),
    };
    const { plan } = await runPlanned(testContext(device, info), inputs, ({ x, weight, bias }) => ({
      outputs: [relu(linear(x as tf.Tensor2D, weight as tf.Tensor2D, bias as tf.Tensor1D, { half: true }))],
    }));
    expect(plan.dispatches.map(({ label }) => label)).toEqual(['matMul NN + biasAdd + relu']);
  });
});
