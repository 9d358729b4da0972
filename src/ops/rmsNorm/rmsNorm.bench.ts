// Root mean square normalisation's memory rate, forward and backward, by variant.
import { NORM_GRADIENT_VARIANTS, NORM_VARIANTS } from '../rows/normVariants.ts';
import { tellRates, type Tell } from '../testing/rates.ts';
import { rmsNormGradientKernel, rmsNormKernel } from './rmsNorm.ts';

const SIZES = [
  [512, 64],
  [2048, 256],
  [1024, 768],
] as const;

export async function bench(device: GPUDevice, tell: Tell): Promise<void> {
  for (const [rows, width] of SIZES) {
    const matrix = {
      shape: [rows, width],
      values: Float32Array.from({ length: rows * width }, (_, i) => (i % 17) - 8),
    };
    const gain = { shape: [width], values: new Float32Array(width).fill(1) };
    const inverseRoots = { shape: [rows, 1], values: new Float32Array(rows).fill(0.5) };
    // A matrix read and one written; two read and one written.
    await tellRates(device, rmsNormKernel, [matrix, gain], NORM_VARIANTS, rows * width * 8, tell);
    const inputs = [matrix, matrix, inverseRoots, gain];
    await tellRates(device, rmsNormGradientKernel, inputs, NORM_GRADIENT_VARIANTS, rows * width * 12, tell);
  }
}
