// The optimizer's memory rate by variant: the gradient's norm and the update of all parameters.
import { tellRates, type Tell } from '../testing/rates.ts';
import { adamwKernel } from './adamw.ts';
import { globalNormKernel } from '../optimizer/globalNorm.ts';

const SIZES = [204_800, 2_048_000];

export async function bench(device: GPUDevice, tell: Tell): Promise<void> {
  for (const size of SIZES) {
    const numbers = { shape: [size], values: new Float32Array(size).fill(0.01) };
    await tellRates(device, globalNormKernel, [numbers], ['16', '64', '256'], size * 4, tell);
    const decays = { shape: [size / 64], values: new Int32Array(size / 64).fill(1), dtype: 'int32' as const };
    const settings = { shape: [8], values: [1e-4, 1, 1, 0.1, 1, 1, 0, 0] };
    const inputs = [numbers, numbers, numbers, numbers, { shape: [], values: [1] }, decays, settings];
    const kernel = adamwKernel({
      beta1: 0.9,
      beta2: 0.95,
      epsilon: 1e-8,
      blockSize: 64,
      decay: 'decoupled',
      leavesMatrices: false,
    });
    // Four read, three written.
    await tellRates(device, kernel, inputs, ['64x1', '64x4', '64x16', '256x1'], size * 28, tell);
  }
}
