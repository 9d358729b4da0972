// Cross-entropy's memory rate by variant, for vocabularies of characters and of GPT-3.
import { tellRates, type Tell } from '../testing/rates.ts';
import { CROSS_ENTROPY_VARIANTS } from './crossEntropy.wgsl.ts';
import { crossEntropyKernel } from './crossEntropy.ts';

const SIZES = [
  [512, 65],
  [512, 1024],
  [64, 50_257],
] as const;

export async function bench(device: GPUDevice, tell: Tell): Promise<void> {
  for (const [rows, vocabSize] of SIZES) {
    const size = rows * vocabSize;
    const logits = {
      shape: [rows, vocabSize],
      values: Float32Array.from({ length: size }, (_, i) => ((i * 7) % 23) / 4),
    };
    const targets = { shape: [rows], values: new Int32Array(rows).fill(1), dtype: 'int32' as const };
    // Read, read again and written.
    await tellRates(device, crossEntropyKernel(1), [logits, targets], CROSS_ENTROPY_VARIANTS, size * 12, tell);
  }
}
