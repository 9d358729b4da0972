// How fast a kernel's variants move memory: for benches.
import type { Kernel } from '../../engine/kernel.ts';
import type * as tf from '../../engine/tf.ts';
import { runKernelOnDevice, type KernelInput } from './kernelRun.ts';

export type Tell = (line: string) => void;

const LEAST_MS = 60;
const ROUNDS = 3;

/**
 * Measures variants in turns, so that a machine's ups and downs fall on all, and tells each one's best.
 * @param bytes that the kernel has to move at least
 */
export async function tellRates<I extends readonly tf.Tensor[], O extends readonly tf.Tensor[]>(
  device: GPUDevice,
  kernel: Kernel<I, O>,
  inputs: readonly KernelInput[],
  variants: readonly string[],
  bytes: number,
  tell: Tell,
): Promise<void> {
  const best = new Map<string, number>();
  const repeats = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const variant of variants) {
      const known = repeats.get(variant);
      if (known === undefined) {
        const { elapsedMs } = await runKernelOnDevice(device, kernel, inputs, { variant });
        repeats.set(variant, Math.max(1, Math.ceil(LEAST_MS / elapsedMs)));
      }
      const times = repeats.get(variant) ?? 1;
      const { elapsedMs } = await runKernelOnDevice(device, kernel, inputs, { variant, repeats: times });
      best.set(variant, Math.min(best.get(variant) ?? Number.POSITIVE_INFINITY, elapsedMs / times));
    }
  }
  const shapes = inputs.map(({ shape }) => `[${shape.join('×')}]`).join(' ');
  const rates = [...best].map(
    ([variant, ms]) => `${variant || 'only'} ${(bytes / ms / 1e6).toFixed(2)} GB/s (${(ms * 1000).toFixed(0)} µs)`,
  );
  tell(`${kernel.name} ${shapes}: ${rates.join(', ')}`);
}
