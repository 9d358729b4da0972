// Root mean square normalisation's WGSL against its reference, forward and backward, in every division of a workgroup; and
// in a plan, where the residual sum of gradients runs at its end.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDawnDevice } from '../../../scripts/dawn.mjs';
import { useBackend } from '../../../scripts/testBackend.ts';
import * as tf from '../../engine/tf.ts';
import { Random } from '../../random/random.ts';
import { linear } from '../linear/linear.ts';
import { NORM_GRADIENT_VARIANTS, NORM_VARIANTS } from '../rows/normVariants.ts';
import { largestDeviation, randomOperand, tensorOf } from '../testing/deviation.ts';
import {
  halfKernelVerdict,
  isRepeatable,
  onDeviceWith,
  planDeviations,
  referenceOf,
} from '../testing/planDeviation.ts';
import { runPlanned, testContext } from '../testing/planHarness.ts';
import { rmsNorm, rmsNormGradientKernel, rmsNormKernel } from './rmsNorm.ts';

const SIZES = [
  { rows: 1, width: 1, size: 1 },
  { rows: 1, width: 3, size: 1.5 },
  { rows: 19, width: 65, size: 1e4 },
  { rows: 2, width: 260, size: 1.5 },
];
const GPU = { software: false };
/** Workgroups in two dimensions, as large problems need. */
const TWO_DIMENSIONS = { maxWorkgroupsPerDimension: 3 };
const TOLERANCE = 5e-6;
/** A single column is normalised to ±1 whatever it is: its gradient is what two almost equal numbers differ by. */
const toleranceFor = (width: number): number => (width === 1 ? 1e-4 : TOLERANCE);

let device: GPUDevice;
let info: GPUAdapterInfo;
beforeAll(async () => {
  await useBackend('cpu');
  const { device: opened, adapter } = await openDawnDevice();
  device = opened;
  info = adapter.info;
});
afterAll(() => device.destroy());

function given(rows: number, width: number, size = 1) {
  const random = new Random(52, rows, width);
  return {
    x: randomOperand(random, [rows, width], size),
    dy: randomOperand(random, [rows, width]),
    gain: randomOperand(random, [width], 0.5, 1),
  };
}

async function gradientInputs({ x, dy, gain }: ReturnType<typeof given>) {
  const [, values = new Float32Array()] = await referenceOf(rmsNormKernel, [x, gain]);
  return [dy, x, { shape: [values.length, 1], values }, gain];
}

describe('rmsNorm as a program', () => {
  it.each(NORM_VARIANTS)('is right in groups of %s', async (variant) => {
    for (const { rows, width, size } of SIZES) {
      const { x, gain } = given(rows, width, size);
      const deviations = await planDeviations(device, rmsNormKernel, [x, gain], { variant });
      expect(Math.max(...deviations), `${rows} × ${width}`).toBeLessThan(TOLERANCE);
    }
  });

  it.each(NORM_GRADIENT_VARIANTS)('has the right gradient in groups of %s', async (variant) => {
    for (const { rows, width, size } of SIZES) {
      const inputs = await gradientInputs(given(rows, width, size));
      const deviations = await planDeviations(device, rmsNormGradientKernel, inputs, { variant });
      expect(Math.max(...deviations), `${rows} × ${width}`).toBeLessThan(toleranceFor(width));
    }
  });

  it.each(['32x1', '8x8'])('adds up the chunks of many rows in groups of %s', async (variant) => {
    const inputs = await gradientInputs(given(530, 12));
    const hardware = onDeviceWith(GPU, rmsNormGradientKernel);
    for (const kernel of [rmsNormGradientKernel, hardware]) {
      expect(Math.max(...(await planDeviations(device, kernel, inputs, { variant })))).toBeLessThan(TOLERANCE);
    }
    expect(await isRepeatable(device, hardware, inputs, { variant })).toBe(true);
  });

  it('is right where workgroups take two dimensions', async () => {
    const inputs = given(150, 8);
    const forward = onDeviceWith(TWO_DIMENSIONS, rmsNormKernel);
    expect(Math.max(...(await planDeviations(device, forward, [inputs.x, inputs.gain])))).toBeLessThan(TOLERANCE);
    const backward = onDeviceWith(TWO_DIMENSIONS, rmsNormGradientKernel);
    const deviations = await planDeviations(device, backward, await gradientInputs(inputs), { variant: '32x1' });
    expect(Math.max(...deviations)).toBeLessThan(TOLERANCE);
  });

  it('keeps its result in half precision where the device can', async () => {
    const { x, gain } = given(5, 12);
    expect(await halfKernelVerdict(device, rmsNormKernel, [x, gain], 1e-3)).toBe('right');
  });
});

it.each([
  [1, 8],
  [40, 12],
])('in a plan a block of %i × %i adds the stream’s gradient at the end of the norm’s', async (rows, width) => {
  const { x, gain } = given(rows, width);
  const weight = randomOperand(new Random(53, width), [width, width], 0.3);
  const gradients = (given: tf.Tensor[]): tf.Tensor[] =>
    tf.grads((...[x, gain, weight]) =>
      tf.add(x as tf.Tensor, linear(rmsNorm(x as tf.Tensor2D, gain as tf.Tensor1D), weight as tf.Tensor2D)),
    )(given, tf.ones([rows, width]));
  const { outputs, plan } = await runPlanned(testContext(device, info), { x, gain, weight }, (given) => ({
    outputs: gradients(Object.values(given)),
  }));
  const labels = plan.dispatches.map(({ label }) => label);
  expect(labels).toContain('rmsNormGradient + add');
  expect(labels).not.toContain('add');
  const expected = tf.tidy(() => gradients([x, gain, weight].map(tensorOf)));
  for (const [i, tensor] of expected.entries()) {
    expect(largestDeviation(outputs[i] ?? [], await tensor.data())).toBeLessThan(TOLERANCE);
  }
  tf.dispose(expected);
});
