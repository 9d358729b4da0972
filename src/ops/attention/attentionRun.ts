// Attention's programs run forward and backward on a device, for tests: its own kind of device or another's, each variant.
import { fromHalf } from '../../engine/half.ts';
import type { Kernel } from '../../engine/kernel.ts';
import type * as tf from '../../engine/tf.ts';
import { mix32, Random } from '../../random/random.ts';
import type { DropoutSite } from '../dropout/dropoutMask.ts';
import { largestDeviation, randomOperand } from '../testing/deviation.ts';
import { runKernelOnDevice, toHalf } from '../testing/kernelRun.ts';
import { onDeviceWith } from '../testing/planDeviation.ts';
import { attentionGradientKernel, attentionKernel } from './attention.ts';
import { attentionLoops } from './attentionLoops.ts';
import { qkvWidth, type HeadShape } from './heads.ts';

export interface Case {
  readonly shape: HeadShape;
  readonly qkv: Float64Array;
  readonly dy: Float64Array;
}

export function caseOf(shape: HeadShape, deviation = 1): Case {
  const random = new Random(31, shape.length, shape.headSize);
  const [rows, width] = [shape.batch * shape.length, shape.nHead * shape.headSize];
  return {
    shape,
    qkv: randomOperand(random, [rows, qkvWidth(shape)], deviation).values,
    dy: randomOperand(random, [rows, width]).values,
  };
}

export interface Way {
  /** `emulated` has the workgroups of emulated GPUs, `real` those of others. */
  readonly device: 'emulated' | 'real';
  readonly variant: string;
}

/** The kernel as it is on a device of a kind, whatever this one is. */
export const kernelOn = <I extends readonly tf.Tensor[], O extends readonly tf.Tensor[]>(
  kind: Way['device'],
  kernel: Kernel<I, O>,
): Kernel<I, O> => onDeviceWith({ software: kind === 'emulated' }, kernel);

const KEY = { shape: [1], values: [1234], dtype: 'int32' } as const;

const NOTHING = new Float32Array();

export interface Results {
  readonly out: Float32Array;
  readonly logSumExp: Float32Array;
  readonly dqkv: Float32Array;
}

/** Runs forward and backward, the gradient with the forward kernel's own results. */
export async function runBoth(
  device: GPUDevice,
  { shape, qkv, dy }: Case,
  way: Way,
  dropout?: DropoutSite,
): Promise<Results> {
  const [rows, width] = [shape.batch * shape.length, shape.nHead * shape.headSize];
  const given = { shape: [rows, qkvWidth(shape)], values: qkv };
  const keys = dropout ? [KEY] : [];
  const options = { variant: way.variant };
  const forward = kernelOn(way.device, attentionKernel(shape, dropout));
  const backward = kernelOn(way.device, attentionGradientKernel(shape, dropout));
  const [out = NOTHING, logSumExp = NOTHING] = (await runKernelOnDevice(device, forward, [given, ...keys], options))
    .outputs;
  const inputs = [
    { shape: [rows, width], values: dy },
    given,
    { shape: [rows, width], values: out },
    { shape: [shape.batch * shape.nHead, shape.length], values: logSumExp },
    ...keys,
  ];
  const [dqkv = NOTHING] = (await runKernelOnDevice(device, backward, inputs, options)).outputs;
  return { out, logSumExp, dqkv };
}

/** The largest deviation from plain loops of output, log-sum-exp and, in quarters, gradient. */
export async function deviationOf(device: GPUDevice, given: Case, way: Way): Promise<number> {
  const expected = attentionLoops(given.shape, given.qkv, { dy: given.dy });
  const { out, logSumExp, dqkv } = await runBoth(device, given, way);
  return Math.max(
    largestDeviation(out, expected.out),
    largestDeviation(logSumExp, expected.logSumExp),
    largestDeviation(dqkv, expected.dqkv) / 4,
  );
}

export const DROPOUT = { rate: 0.4, site: 5 };

/** What `dropoutMask` gives for [B, H, T, T], computed apart from it. */
export function factorsOf({ batch, nHead, length }: HeadShape): Float64Array {
  const start = mix32(Math.imul(1234, 0x9e3779b1) + DROPOUT.site);
  return Float64Array.from({ length: batch * nHead * length * length }, (_, i) =>
    mix32(start + Math.imul(i, 0x9e3779b9)) < DROPOUT.rate * 2 ** 32 ? 0 : 1 / (1 - DROPOUT.rate),
  );
}

/** The largest deviation where all but the log-sum-exp is stored in half precision. */
export async function halfDeviationOf(device: GPUDevice, shape: HeadShape): Promise<number> {
  const { qkv, dy } = caseOf(shape);
  const halves = qkv.map((value) => fromHalf(toHalf(value)));
  const expected = attentionLoops(shape, halves, { dy });
  const [rows, width] = [shape.batch * shape.length, shape.nHead * shape.headSize];
  const given = { shape: [rows, qkvWidth(shape)], values: halves, storage: 'f16' } as const;
  const options = { variant: 'quad1', outputStorage: 'f16' } as const;
  const forward = await runKernelOnDevice(device, attentionKernel(shape, undefined), [given], options);
  const inputs = [
    { shape: [rows, width], values: dy, storage: 'f16' } as const,
    given,
    { shape: [rows, width], values: expected.out, storage: 'f16' } as const,
    { shape: [shape.batch * shape.nHead, shape.length], values: expected.logSumExp },
  ];
  const kernel = attentionGradientKernel(shape, undefined);
  const backward = await runKernelOnDevice(device, kernel, inputs, { variant: 'quad1' });
  return Math.max(
    3 * largestDeviation(forward.outputs[0] ?? [], expected.out),
    largestDeviation(backward.outputs[0] ?? [], expected.dqkv),
  );
}

/** Variants that need nothing beyond the standard, and those that do where the device has it. */
export const ways = (...variants: string[]): Way[] =>
  variants.flatMap((variant) => [{ device: 'emulated', variant } as const, { device: 'real', variant } as const]);
