// Layer normalisation's WGSL against its reference, forward and backward, in every division of a workgroup.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDawnDevice } from '../../../scripts/dawn.mjs';
import { useBackend } from '../../../scripts/testBackend.ts';
import type { Kernel } from '../../engine/kernel.ts';
import type * as tf from '../../engine/tf.ts';
import { Random } from '../../random/random.ts';
import type { NormGradientInputs } from '../rows/normGradient.wgsl.ts';
import { NORM_GRADIENT_VARIANTS, NORM_VARIANTS } from '../rows/normVariants.ts';
import { randomOperand } from '../testing/deviation.ts';
import {
  halfKernelVerdict,
  isRepeatable,
  onDeviceWith,
  planDeviations,
  referenceOf,
} from '../testing/planDeviation.ts';
import {
  layerNormGradientKernel,
  layerNormKernel,
  unbiasedGradientKernel,
  unbiasedLayerNormKernel,
} from './layerNorm.ts';

const SIZES = [
  { rows: 1, width: 3, centre: 0 },
  { rows: 19, width: 65, centre: 0 },
  { rows: 2, width: 260, centre: 20 },
];

const GPU = { software: false };
/** Workgroups in two dimensions, as large problems need. */
const TWO_DIMENSIONS = { maxWorkgroupsPerDimension: 3 };

let device: GPUDevice;
beforeAll(async () => {
  await useBackend('cpu');
  ({ device } = await openDawnDevice());
});
afterAll(() => device.destroy());

function given(rows: number, width: number, centre: number) {
  const random = new Random(34, rows, width);
  return {
    x: randomOperand(random, [rows, width], 1.5, centre),
    dy: randomOperand(random, [rows, width]),
    gain: randomOperand(random, [width], 0.5, 1),
    bias: randomOperand(random, [width]),
  };
}

/** A mean of 20 costs a digit of what is centred around it. */
const tolerance = (centre: number): number => (centre === 0 ? 5e-6 : 5e-5);

async function gradientDeviation<Outputs extends readonly tf.Tensor[]>(
  kernel: Kernel<NormGradientInputs, Outputs>,
  inputs: ReturnType<typeof given>,
  variant: string,
) {
  const { x, dy, gain, bias } = inputs;
  const [, values = new Float32Array()] = await referenceOf(layerNormKernel, [x, gain, bias]);
  const statistics = { shape: [values.length / 2, 2], values };
  return Math.max(...(await planDeviations(device, kernel, [dy, x, statistics, gain], { variant })));
}

describe('layerNorm as a program', () => {
  it.each(NORM_VARIANTS)('is right in groups of %s', async (variant) => {
    for (const { rows, width, centre } of SIZES) {
      const { x, gain, bias } = given(rows, width, centre);
      const deviations = await planDeviations(device, layerNormKernel, [x, gain, bias], { variant });
      expect(Math.max(...deviations), `${rows} × ${width}`).toBeLessThan(tolerance(centre));
    }
  });

  it.each(NORM_GRADIENT_VARIANTS)('has the right gradient in groups of %s', async (variant) => {
    for (const { rows, width, centre } of SIZES) {
      const deviation = await gradientDeviation(layerNormGradientKernel, given(rows, width, centre), variant);
      expect(deviation, `${rows} × ${width}`).toBeLessThan(tolerance(centre));
    }
  });

  it('is right without a bias, forward and backward', async () => {
    for (const [rows, width] of [
      [19, 65],
      [1, 12],
    ] as const) {
      const inputs = given(rows, width, 0);
      const forward = await planDeviations(device, unbiasedLayerNormKernel, [inputs.x, inputs.gain]);
      const backward = await gradientDeviation(unbiasedGradientKernel, inputs, '8x8');
      expect(Math.max(...forward, backward)).toBeLessThan(5e-6);
    }
  });

  it('is right for a single number', async () => {
    const { x, gain, bias, dy } = given(1, 1, 0);
    expect(Math.max(...(await planDeviations(device, layerNormKernel, [x, gain, bias])))).toBeLessThan(5e-6);
    const statistics = { shape: [1, 2], values: [0.5, 2] };
    const deviations = await planDeviations(device, layerNormGradientKernel, [dy, x, statistics, gain]);
    expect(Math.max(...deviations)).toBeLessThan(5e-6);
  });

  it.each(['32x1', '8x8'])('adds up the chunks of many rows in groups of %s', async (variant) => {
    const inputs = given(530, 12, 0);
    expect(await gradientDeviation(layerNormGradientKernel, inputs, variant)).toBeLessThan(5e-6);
    expect(await gradientDeviation(onDeviceWith(GPU, layerNormGradientKernel), inputs, variant)).toBeLessThan(5e-6);
    expect(await gradientDeviation(onDeviceWith(GPU, unbiasedGradientKernel), inputs, variant)).toBeLessThan(5e-6);
    const statistics = { shape: [530, 2], values: new Float32Array(1060).fill(0.7) };
    const repeated = [inputs.dy, inputs.x, statistics, inputs.gain];
    expect(await isRepeatable(device, onDeviceWith(GPU, layerNormGradientKernel), repeated, { variant })).toBe(true);
  });

  it('is right where workgroups take two dimensions', async () => {
    const { x, dy, gain, bias } = given(150, 8, 0);
    const forward = onDeviceWith(TWO_DIMENSIONS, layerNormKernel);
    expect(Math.max(...(await planDeviations(device, forward, [x, gain, bias])))).toBeLessThan(5e-6);
    const backward = onDeviceWith(TWO_DIMENSIONS, layerNormGradientKernel);
    const deviation = await gradientDeviation(backward, { x, dy, gain, bias }, '32x1');
    expect(deviation).toBeLessThan(5e-6);
  });

  it('keeps its result in half precision where the device can', async () => {
    const { x, gain, bias } = given(5, 12, 0);
    expect(await halfKernelVerdict(device, layerNormKernel, [x, gain, bias], 1e-3)).toBe('right');
  });
});
