// Causal scaled dot-product attention of many heads (Vaswani et al. 2017 §3.2) over whole sequences, with its gradient.
// Decoding from cached keys and values is `cachedAttention.ts`.
import { differentiable } from '../../engine/differentiable.ts';
import { runKernel, type Kernel, type TensorSpec } from '../../engine/kernel.ts';
import type * as tf from '../../engine/tf.ts';
import type { DropoutSite } from '../dropout/dropoutMask.ts';
import { attentionGradientReference, attentionReference, type WeightDropout } from './attention.reference.ts';
import { attentionProgram } from './attention.wgsl.ts';
import { attentionGradientProgram } from './attentionGradient.wgsl.ts';
import type { HeadShape } from './heads.ts';
import { variantsFor } from './rowBlocks.wgsl.ts';

/** What dropping needs to know: the site, and [1] int32 that is another one for every step. */
export type AttentionDropout = DropoutSite & { readonly key: tf.Tensor1D };

/** The key is there with dropout only. */
type AttentionInputs = [qkv: tf.Tensor2D, ...dropoutKey: tf.Tensor1D[]];
type AttentionOutputs = [out: tf.Tensor2D, logSumExp: tf.Tensor2D];
type GradientInputs = [
  dy: tf.Tensor2D,
  qkv: tf.Tensor2D,
  out: tf.Tensor2D,
  logSumExp: tf.Tensor2D,
  ...dropoutKey: tf.Tensor1D[],
];

/**
 * @param qkv [B·T, 3C], queries, keys and values side by side
 * @returns [B·T, C]; no token looks ahead
 */
export function attention(qkv: tf.Tensor2D, shape: HeadShape, dropout?: AttentionDropout): tf.Tensor2D {
  const keys = dropout && dropout.rate > 0 ? [dropout.key] : [];
  const site = keys.length > 0 ? dropout : undefined;
  return differentiable(
    [qkv],
    (qkv) => {
      const [out, logSumExp] = runKernel(attentionKernel(shape, site), qkv, ...keys);
      return { value: out, saved: [qkv, out, logSumExp] };
    },
    (dy, [qkv, out, logSumExp]) => [
      ...runKernel(attentionGradientKernel(shape, site), dy, qkv, out, logSumExp, ...keys),
    ],
  );
}

/** Outputs [B·T, C], and [B·H, T] with the logarithm of each row's sum of exponentiated scores. */
export function attentionKernel(
  shape: HeadShape,
  site: DropoutSite | undefined,
): Kernel<AttentionInputs, AttentionOutputs> {
  return {
    name: 'attention',
    detail: detailOf(shape, site),
    outputs: ({ shape: [rows = 0] }) => [
      float([rows, shape.nHead * shape.headSize]),
      float([shape.batch * shape.nHead, shape.length]),
    ],
    reference: (qkv, key) => attentionReference(qkv, shape, dropoutOf(site, key)),
    program: ({ inputs: [qkv], outputs: [out, logSumExp], variant, traits }) =>
      attentionProgram({ qkv, out, logSumExp }, shape, site, variant, traits),
    // A query and its sum.
    variants: ({ traits }) => variantsFor(shape, traits, 2),
    halfOutputs: [0],
    flops: () => 2 * productFlops(shape),
  };
}

/** Outputs [B·T, 3C]. Its count of operations leaves out that scores are computed twice more. */
export function attentionGradientKernel(
  shape: HeadShape,
  site: DropoutSite | undefined,
): Kernel<GradientInputs, [tf.Tensor2D]> {
  return {
    name: 'attentionGradient',
    detail: detailOf(shape, site),
    outputs: (_, qkv) => [float(qkv.shape)],
    reference: (dy, qkv, _out, _logSumExp, key) => [attentionGradientReference(dy, qkv, shape, dropoutOf(site, key))],
    program: ({ inputs: [dy, qkv, out, logSumExp], outputs: [dqkv], variant, traits }) =>
      attentionGradientProgram({ dy, qkv, out, logSumExp, dqkv }, shape, site, variant, traits),
    // A key and a value and their gradients.
    variants: ({ traits }) => variantsFor(shape, traits, 4),
    flops: () => 5 * productFlops(shape),
  };
}

const float = (shape: readonly number[]): TensorSpec => ({ shape, dtype: 'float32' });

const detailOf = ({ nHead, length }: HeadShape, site: DropoutSite | undefined): string =>
  `${nHead} heads, ${length} tokens${site ? `, dropout ${site.rate}` : ''}`;

const dropoutOf = (site: DropoutSite | undefined, key: tf.Tensor1D | undefined): WeightDropout | undefined =>
  site && key && { site, key };

/** Operations of one product of the weights' lower triangle with the columns of all heads. */
const productFlops = ({ batch, nHead, length, headSize }: HeadShape): number =>
  2 * batch * nHead * headSize * ((length * (length + 1)) / 2);
