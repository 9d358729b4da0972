// How fast attention runs, forward and backward, in each of its variants.
import { sizeOf } from '../../engine/kernel.ts';
import type { Kernel, TensorSpec } from '../../engine/kernel.ts';
import type * as tf from '../../engine/tf.ts';
import { runKernelOnDevice, traitsOf, type KernelInput } from '../testing/kernelRun.ts';
import { attentionGradientKernel, attentionKernel } from './attention.ts';
import type { HeadShape } from './heads.ts';
import { variantsFor } from './rowBlocks.wgsl.ts';

/** A small and a medium model's training batch, and a long context. */
const SHAPES: readonly HeadShape[] = [
  { batch: 8, nHead: 4, length: 64, headSize: 16 },
  { batch: 8, nHead: 4, length: 128, headSize: 32 },
  { batch: 4, nHead: 6, length: 256, headSize: 64 },
];
const ROUNDS = 3;
const LEAST_MS = 60;

/** @param tell gets a line per shape, direction and variant; variants take turns */
export async function bench(device: GPUDevice, tell: (line: string) => void): Promise<void> {
  for (const shape of SHAPES) {
    const rows = shape.batch * shape.length;
    const width = shape.nHead * shape.headSize;
    const qkv = valuesOf([rows, 3 * width]);
    const [out, statistics] = [valuesOf([rows, width]), valuesOf([shape.batch * shape.nHead, shape.length])];
    const name = `${shape.batch} × ${shape.length}, ${shape.nHead} heads of ${shape.headSize}`;
    const forward = variantsFor(shape, traitsOf(device), 2);
    const backward = variantsFor(shape, traitsOf(device), 4);
    await measure(device, `forward ${name}`, attentionKernel(shape, undefined), [qkv], forward, tell);
    const given = [out, qkv, out, statistics];
    await measure(device, `backward ${name}`, attentionGradientKernel(shape, undefined), given, backward, tell);
  }
}

async function measure<I extends readonly tf.Tensor[], O extends readonly tf.Tensor[]>(
  device: GPUDevice,
  name: string,
  kernel: Kernel<I, O>,
  inputs: readonly KernelInput[],
  variants: readonly string[],
  tell: (line: string) => void,
): Promise<void> {
  const specs = inputs.map(({ shape }): TensorSpec => ({ shape, dtype: 'float32' }));
  // The bench gives one input per tensor that the kernel declares.
  const flops = kernel.flops?.(...(specs as unknown as { readonly [K in keyof I]: TensorSpec })) ?? 0;
  const best = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const variant of variants) {
      const known = best.get(variant) ?? (await runKernelOnDevice(device, kernel, inputs, { variant })).elapsedMs;
      const repeats = Math.max(1, Math.ceil(LEAST_MS / known));
      const { elapsedMs } = await runKernelOnDevice(device, kernel, inputs, { variant, repeats });
      best.set(variant, Math.min(known, elapsedMs / repeats));
    }
  }
  for (const [variant, ms] of best)
    tell(`${name}  ${variant}: ${ms.toFixed(2)} ms, ${(flops / ms / 1e6).toFixed(2)} GFLOP/s`);
}

const valuesOf = (shape: readonly number[]): KernelInput => ({
  shape,
  values: Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i)),
});
