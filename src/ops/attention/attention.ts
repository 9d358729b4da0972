// Scaled dot-product attention of many heads (Vaswani et al. 2017 §3.2) over whole sequences, with its gradient: causal
// or both ways, dense or banded, with as many key heads as query heads or fewer, with or without ALiBi (`heads.ts`).
// Decoding from cached keys and values is `cachedAttention.ts`.
import { differentiable } from '../../engine/differentiable.ts';
import { runKernel, type Kernel, type TensorSpec } from '../../engine/kernel.ts';
import type * as tf from '../../engine/tf.ts';
import { hostInteger, type DropoutSite } from '../dropout/dropoutMask.ts';
import { attentionGradientReference, attentionReference, type WeightDropout } from './attention.reference.ts';
import { attentionProgram } from './attention.wgsl.ts';
import { attentionGradientProgram } from './attentionGradient.wgsl.ts';
import { describeHeads, requireHeads, type HeadShape } from './heads.ts';
import { variantsFor } from './rowBlocks.wgsl.ts';
import { seenPairs } from './visibility.ts';

/** What dropping needs to know: the site, and [1] int32 that is another one for every step. */
export type AttentionDropout = DropoutSite & { readonly key: tf.Tensor1D };

export interface AttentionOptions {
  readonly dropout?: AttentionDropout;
  /**
   * [1] int32, made on this side: keys from this number on are hidden from every token, for a text that is shorter than
   * its place. A token that then sees none has an output of zeros. Not with dropout, nor with a gradient.
   */
  readonly visible?: tf.Tensor1D;
}

/** The setting is the key of dropout or the number of visible keys. */
type AttentionInputs = [qkv: tf.Tensor2D, ...setting: tf.Tensor1D[]];
type AttentionOutputs = [out: tf.Tensor2D, logSumExp: tf.Tensor2D];
type GradientInputs = [
  dy: tf.Tensor2D,
  qkv: tf.Tensor2D,
  out: tf.Tensor2D,
  logSumExp: tf.Tensor2D,
  ...dropoutKey: tf.Tensor1D[],
];

/**
 * @param qkv [B·T, (H + 2G)·D]: all heads' queries, then their keys, then their values
 * @returns [B·T, C]
 * @throws RangeError for heads that cannot be; Error where hidden keys meet dropout or a gradient
 */
export function attention(
  qkv: tf.Tensor2D,
  shape: HeadShape,
  { dropout, visible }: AttentionOptions = {},
): tf.Tensor2D {
  const keys = dropout && dropout.rate > 0 ? [dropout.key] : [];
  const site = keys.length > 0 ? dropout : undefined;
  if (visible && site)
    throw new Error('Attention to a part of the keys drops no weights: leave out dropout or visible.');
  const settings = visible ? [visible] : keys;
  return differentiable(
    [qkv],
    (qkv) => {
      const [out, logSumExp] = runKernel(attentionKernel(shape, site, visible !== undefined), qkv, ...settings);
      return { value: out, saved: [qkv, out, logSumExp] };
    },
    (dy, [qkv, out, logSumExp]) => {
      if (visible) throw new Error('Attention to a part of the keys has no gradient: leave out visible.');
      return [...runKernel(attentionGradientKernel(shape, site), dy, qkv, out, logSumExp, ...keys)];
    },
  );
}

/**
 * Outputs [B·T, C], and [B·H, T] with the logarithm of each row's sum of exponentiated scores.
 * @param isCut whether the second input says how many keys are visible
 */
export function attentionKernel(
  shape: HeadShape,
  site: DropoutSite | undefined,
  isCut = false,
): Kernel<AttentionInputs, AttentionOutputs> {
  requireHeads(shape);
  return {
    name: 'attention',
    detail: `${detailOf(shape, site)}${isCut ? ', some keys hidden' : ''}`,
    outputs: ({ shape: [rows = 0] }) => [
      float([rows, shape.nHead * shape.headSize]),
      float([shape.batch * shape.nHead, shape.length]),
    ],
    reference: (qkv, setting) =>
      isCut && setting
        ? attentionReference(qkv, shape, undefined, hostInteger(setting))
        : attentionReference(qkv, shape, dropoutOf(site, setting)),
    program: ({ inputs: [qkv], outputs: [out, logSumExp], variant, traits }) =>
      attentionProgram({ qkv, out, logSumExp }, shape, { dropout: site, isCut, variant, traits }),
    // A query and its sum.
    variants: ({ traits }) => variantsFor(shape, traits, 2),
    halfOutputs: [0],
    flops: () => 2 * productFlops(shape),
  };
}

/** Outputs [B·T, (H + 2G)·D]. Its count of operations leaves out that scores are computed twice more. */
export function attentionGradientKernel(
  shape: HeadShape,
  site: DropoutSite | undefined,
): Kernel<GradientInputs, [tf.Tensor2D]> {
  requireHeads(shape);
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

const detailOf = (shape: HeadShape, site: DropoutSite | undefined): string =>
  `${describeHeads(shape)}, ${shape.length} tokens${site ? `, dropout ${site.rate}` : ''}`;

const dropoutOf = (site: DropoutSite | undefined, key: tf.Tensor1D | undefined): WeightDropout | undefined =>
  site && key && { site, key };

/** Operations of one product of the seen weights with the columns of all heads. */
const productFlops = (shape: HeadShape): number => 2 * shape.batch * shape.nHead * shape.headSize * seenPairs(shape);
