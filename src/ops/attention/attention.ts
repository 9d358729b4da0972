// Causal scaled dot-product attention of many heads (Vaswani et al. 2017 §3.2) over whole sequences, with its gradient.
// Decoding from cached keys and values is `cachedAttention.ts`, the weights themselves `attentionWeights.ts`.
import { differentiable } from '../../engine/differentiable.ts';
import { runKernel, type DeviceTraits, type Kernel } from '../../engine/kernel.ts';
import * as tf from '../../engine/tf.ts';
import { dropoutMask, hostInteger, type DropoutSite } from '../dropout/dropoutMask.ts';
import { attentionGradientProgram, attentionProgram } from './attention.wgsl.ts';
import { joinQkv, mergeHeads, splitHeads, unmergeHeads, type HeadShape } from './heads.ts';

/** Where attention weights are dropped, and by which key ([1] int32, another one for every step). */
export type AttentionDropout = DropoutSite & { readonly key: tf.Tensor1D };

/** Large enough to make a weight zero, small enough for half precision. */
const MASKED = -30000;

/**
 * What is added to the scores so that no token looks ahead.
 * @param length number of looking tokens, T @param past number of tokens before them
 * @returns [T, past + T]: 0 where looking is allowed, else −30,000. Caller disposes.
 */
export function causalMask(length: number, past = 0): tf.Tensor2D {
  const mask = new Float32Array(length * (past + length));
  for (let row = 0; row < length; row++) {
    mask.fill(MASKED, row * (past + length) + past + row + 1, (row + 1) * (past + length));
  }
  return tf.tensor2d(mask, [length, past + length]);
}

/** Masked, scaled scores [B, H, T, T']. */
const scoresOf = (query: tf.Tensor4D, key: tf.Tensor4D, mask: tf.Tensor2D): tf.Tensor4D =>
  tf.add(tf.matMul(tf.mul(query, 1 / Math.sqrt(query.shape[3])), key, false, true), mask);

/** Softmax of masked, scaled scores: [B, H, T, T']. */
export const softmaxWeights = (query: tf.Tensor4D, key: tf.Tensor4D, mask: tf.Tensor2D): tf.Tensor4D =>
  tf.softmax(scoresOf(query, key, mask));

/** Weights with some of them dropped; the key is the last of the kernel's inputs. */
function dropped(weights: tf.Tensor4D, site: DropoutSite | undefined, key: tf.Tensor1D | undefined): tf.Tensor4D {
  if (site === undefined || key === undefined) return weights;
  return tf.mul(weights, dropoutMask(weights.shape, site, hostInteger(key)) as tf.Tensor4D);
}

/** The key is there with dropout only. */
type ForwardInputs = [qkv: tf.Tensor2D, ...key: tf.Tensor1D[]];
type BackwardInputs = [
  dy: tf.Tensor2D,
  qkv: tf.Tensor2D,
  output: tf.Tensor2D,
  logSumExp: tf.Tensor2D,
  ...key: tf.Tensor1D[],
];

/** Multiply-adds of one product of all queries with the keys that they see. */
const seenProducts = ({ batch, length, nHead, headSize }: HeadShape): number =>
  (batch * nHead * headSize * length * (length + 1)) / 2;

/** Threads of a workgroup are neighbouring rows of one head, so what they read of keys and values is the same. */
const variantsOf = ({ software, subgroups }: DeviceTraits): string[] => {
  if (!software) return ['rows 64', 'rows 32', ...(subgroups ? ['rows 64 broadcast'] : [])];
  return [...(subgroups ? ['rows 16 broadcast', 'rows 8 broadcast'] : []), 'rows 16'];
};

/** From qkv [B·T, 3C] and, with dropout, its key to the output [B·T, C] and the scores' log-sum-exp [B·H, T]. */
export const attentionKernel = (
  shape: HeadShape,
  dropout?: DropoutSite,
): Kernel<ForwardInputs, [tf.Tensor2D, tf.Tensor2D]> => ({
  name: 'attention',
  detail: `${shape.nHead} heads, context ${shape.length}${dropout ? ', dropout' : ''}`,
  outputs: () => [
    { shape: [shape.batch * shape.length, shape.nHead * shape.headSize], dtype: 'float32' },
    { shape: [shape.batch * shape.nHead, shape.length], dtype: 'float32' },
  ],
  reference: (qkv, ...[key]) => {
    const { query, key: keys, value } = splitHeads(qkv, shape);
    const mask = causalMask(shape.length);
    const scores = scoresOf(query, keys, mask);
    const weights = tf.softmax(scores);
    const logSumExp = tf.reshape(tf.logSumExp(scores, 3), [shape.batch * shape.nHead, shape.length]) as tf.Tensor2D;
    return [mergeHeads(tf.matMul(dropped(weights, dropout, key), value), shape), logSumExp];
  },
  program: ({ inputs, outputs, variant, traits }) =>
    attentionProgram({ inputs, outputs }, { shape, dropout, variant: variant || first(traits) }),
  variants: ({ traits }) => variantsOf(traits),
  halfOutputs: [0],
  flops: () => 4 * seenProducts(shape),
});

/** From dy, qkv, output, log-sum-exp and, with dropout, its key to dqkv [B·T, 3C]. */
export const attentionGradientKernel = (
  shape: HeadShape,
  dropout?: DropoutSite,
): Kernel<BackwardInputs, [tf.Tensor2D]> => ({
  name: 'attentionGradient',
  detail: `${shape.nHead} heads, context ${shape.length}${dropout ? ', dropout' : ''}`,
  outputs: (_dy, qkv) => [{ shape: qkv.shape, dtype: 'float32' }],
  reference: (dy, qkv, _output, _logSumExp, ...[key]) => {
    const { query, key: keys, value } = splitHeads(qkv, shape);
    const weights = softmaxWeights(query, keys, causalMask(shape.length));
    const gradient = unmergeHeads(dy, shape);
    const dValue: tf.Tensor4D = tf.matMul(dropped(weights, dropout, key), gradient, true, false);
    const dWeights = dropped(tf.matMul(gradient, value, false, true), dropout, key);
    const product = tf.mul(dWeights, weights);
    const scale = 1 / Math.sqrt(shape.headSize);
    const dScores = tf.mul(tf.sub(product, tf.mul(weights, tf.sum(product, 3, true))), scale);
    const dQuery = tf.matMul(dScores, keys) as tf.Tensor4D;
    const dKey = tf.matMul(dScores, query, true, false) as tf.Tensor4D;
    return [joinQkv({ query: dQuery, key: dKey, value: dValue }, shape)];
  },
  program: ({ inputs, outputs, variant, traits }) =>
    attentionGradientProgram({ inputs, outputs }, { shape, dropout, variant: variant || first(traits) }),
  variants: ({ traits }) => variantsOf(traits),
  flops: () => 14 * seenProducts(shape),
});

const first = (traits: DeviceTraits): string => variantsOf(traits)[0] ?? 'rows 16';

/**
 * Attention over whole sequences, differentiable in qkv.
 * @param qkv [B·T, 3C], queries, keys and values side by side
 * @returns [B·T, C]
 */
export function attention(qkv: tf.Tensor2D, shape: HeadShape, drop?: AttentionDropout): tf.Tensor2D {
  const dropout = drop && drop.rate > 0 ? { rate: drop.rate, site: drop.site } : undefined;
  const key = dropout && drop ? [drop.key] : [];
  return differentiable(
    [qkv],
    (qkv) => {
      const [output, logSumExp] = runKernel(attentionKernel(shape, dropout), qkv, ...key);
      return { value: output, saved: [qkv, output, logSumExp] };
    },
    (dy, [qkv, output, logSumExp]) =>
      runKernel(attentionGradientKernel(shape, dropout), dy, qkv, output, logSumExp, ...key),
  );
}
