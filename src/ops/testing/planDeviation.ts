// How far a kernel's program on a device is from its reference: for tests of kernels. The reference runs on the current
// backend, on values as the program sees them (rounded where they are stored in half precision).
import type { DeviceTraits, Kernel } from '../../engine/kernel.ts';
import * as tf from '../../engine/tf.ts';
import { largestDeviation } from './deviation.ts';
import { fromHalf } from '../../engine/half.ts';
import { runKernelOnDevice, toHalf, type KernelInput, type KernelRunOptions } from './kernelRun.ts';

/** What a kernel's reference gives, one flat array per output. */
export async function referenceOf<I extends readonly tf.Tensor[], O extends readonly tf.Tensor[]>(
  kernel: Kernel<I, O>,
  inputs: readonly KernelInput[],
): Promise<Float32Array[]> {
  const tensors: tf.Tensor[] = tf.tidy(() => {
    const given = inputs.map(({ shape, values, dtype = 'float32', storage }) => {
      const seen = storage === 'f16' ? Float32Array.from(values, (value) => fromHalf(toHalf(value))) : values;
      return tf.tensor(dtype === 'int32' ? Int32Array.from(seen) : Float32Array.from(seen), [...shape], dtype);
    });
    // The caller gives one input per declared tensor.
    return [...kernel.reference(...(given as unknown as I))];
  });
  const outputs = await Promise.all(tensors.map(async (tensor) => Float32Array.from(await tensor.data())));
  tf.dispose(tensors);
  return outputs;
}

/** Runs a kernel on the device and by its reference. @returns the largest deviation of each output */
export async function planDeviations<I extends readonly tf.Tensor[], O extends readonly tf.Tensor[]>(
  device: GPUDevice,
  kernel: Kernel<I, O>,
  inputs: readonly KernelInput[],
  options: KernelRunOptions = {},
): Promise<number[]> {
  const expected = await referenceOf(kernel, inputs);
  const { outputs } = await runKernelOnDevice(device, kernel, inputs, options);
  return expected.map((values, o) => largestDeviation(outputs[o] ?? [], values));
}

/**
 * Whether a device computes in half precision as it must.
 * @param tolerance above the deviation @param deviation computes in half precision; rejects where the device cannot
 * @returns 'right' where the deviation is smaller, or where a device without the feature refuses it for want of it; else
 *   what is wrong
 */
export async function halfVerdict(
  device: GPUDevice,
  tolerance: number,
  deviation: () => Promise<number>,
): Promise<string> {
  const isKnown = device.features.has('shader-f16');
  try {
    const found = await deviation();
    if (!isKnown) return 'a device without half precision did not refuse it';
    return found < tolerance ? 'right' : `a deviation of ${found}`;
  } catch (error) {
    return !isKnown && String(error).includes('f16') ? 'right' : String(error);
  }
}

/** As `planDeviations`, with outputs stored in half precision: see `halfVerdict`. */
export const halfKernelVerdict = <I extends readonly tf.Tensor[], O extends readonly tf.Tensor[]>(
  device: GPUDevice,
  kernel: Kernel<I, O>,
  inputs: readonly KernelInput[],
  tolerance: number,
): Promise<string> =>
  halfVerdict(device, tolerance, async () =>
    Math.max(...(await planDeviations(device, kernel, inputs, { outputStorage: 'f16' }))),
  );

/** Whether a kernel gives the same bits every time. */
export async function isRepeatable<I extends readonly tf.Tensor[], O extends readonly tf.Tensor[]>(
  device: GPUDevice,
  kernel: Kernel<I, O>,
  inputs: readonly KernelInput[],
  options: KernelRunOptions = {},
): Promise<boolean> {
  const first = await runKernelOnDevice(device, kernel, inputs, options);
  for (let round = 0; round < 2; round++) {
    const { outputs } = await runKernelOnDevice(device, kernel, inputs, options);
    if (!first.outputs.every((output, o) => sameBits(output, outputs[o]))) return false;
  }
  return true;
}

function sameBits(a: Float32Array, b: Float32Array | undefined): boolean {
  const bitsOf = ({ buffer, byteOffset, length }: Float32Array): Uint32Array =>
    new Uint32Array(buffer, byteOffset, length);
  if (b === undefined || a.length !== b.length) return false;
  const [x, y] = [bitsOf(a), bitsOf(b)];
  return x.every((bits, i) => bits === y[i]);
}

/** The kernel with its program as it would be on another device, e.g. a GPU that is not emulated. */
export function onDeviceWith<I extends readonly tf.Tensor[], O extends readonly tf.Tensor[]>(
  traits: Partial<DeviceTraits>,
  kernel: Kernel<I, O>,
): Kernel<I, O> {
  const program: Kernel<I, O>['program'] = (site) => {
    const made = kernel.program?.({ ...site, traits: { ...site.traits, ...traits } });
    if (made === undefined) throw new RangeError(`The kernel ${kernel.name} has no program of its own.`);
    return made;
  };
  return { ...kernel, program };
}
