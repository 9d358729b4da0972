// Attention as a composition of TensorFlow.js operations, with the matrix of weights: what its kernels are compared
// with, and what runs where there is no WebGPU.
import * as tf from '../../engine/tf.ts';
import { batchedMatMul } from '../matMul/batchedMatMul.ts';
import { dropoutMask, hostInteger, type DropoutSite } from '../dropout/dropoutMask.ts';
import { joinQkv, mergeHeads, splitHeads, unmergeHeads, type HeadShape } from './heads.ts';
import { alibiSlope } from './visibility.ts';

/** Large enough to make a weight zero, small enough for half precision. */
const MASKED = -30000;

/** The keys that the token at a position sees, of so many: from the first to before the second. */
function seenRange({ causal, band }: HeadShape, position: number, keys: number): [from: number, until: number] {
  const reach = band > 0 ? band : Number.POSITIVE_INFINITY;
  return [Math.max(0, position + 1 - reach), Math.min(keys, position + (causal ? 1 : reach))];
}

/**
 * Exact softmax weights of the last tokens; a token that sees none has zeros.
 * @param query [B, H, T, D] @param key [B, G, past + T, D]
 * @param visible keys from here on are hidden; all are visible unless told
 * @returns weights and scaled, masked scores, each [B, H, T, past + T]
 */
export function weightsOf(
  query: tf.Tensor4D,
  key: tf.Tensor4D,
  shape: HeadShape,
  visible?: number,
): { weights: tf.Tensor4D; scores: tf.Tensor4D } {
  const [batch, nHead, length, headSize] = query.shape;
  const keys = key.shape[2];
  const allowed = new Float32Array(length * keys).fill(MASKED);
  const sees = new Float32Array(length);
  for (let row = 0; row < length; row++) {
    const [from, until] = seenRange(shape, keys - length + row, Math.min(keys, visible ?? keys));
    if (from >= until) continue;
    allowed.fill(0, row * keys + from, row * keys + until);
    sees[row] = 1;
  }
  const mask = tf.tensor2d(allowed, [length, keys]);
  const products = batchedMatMul(byKeyHead(tf.mul(query, 1 / Math.sqrt(headSize)), shape), key, false, true);
  const scores = tf.add<tf.Tensor4D>(
    tf.reshape(products, [batch, nHead, length, keys]),
    shape.alibi ? tf.sub(mask, costOfDistance(nHead, length, keys)) : mask,
  );
  const weights = tf.softmax(scores);
  if (visible === undefined) return { weights, scores };
  return { weights: tf.mul(weights, tf.tensor2d(sees, [length, 1])), scores };
}

/** What ALiBi takes off the scores of the last tokens: [H, T, T']. */
function costOfDistance(nHead: number, length: number, keys: number): tf.Tensor3D {
  const slopes = tf.tensor3d(
    Array.from({ length: nHead }, (_, head) => alibiSlope(head, nHead)),
    [nHead, 1, 1],
  );
  const rows = tf.reshape(tf.range(keys - length, keys), [length, 1]);
  return tf.mul(slopes, tf.abs(tf.sub(rows, tf.reshape(tf.range(0, keys), [1, keys]))));
}

/** [B, H, T, X] → [B, G, (H / G)·T, X]: what reads a key head, below each other. */
const byKeyHead = (x: tf.Tensor4D, { nKeyValueHead }: HeadShape): tf.Tensor4D => {
  const [batch, nHead, length, width] = x.shape;
  return tf.reshape(x, [batch, nKeyValueHead, (nHead / nKeyValueHead) * length, width]);
};

/** The rows of `weights` mix the rows of `x`: [B, H, T, T'] and [B, G, T', D] → [B, H, T, D]. */
export const mix = (weights: tf.Tensor4D, x: tf.Tensor4D, shape: HeadShape): tf.Tensor4D => {
  const [batch, nHead, length] = weights.shape;
  return tf.reshape(batchedMatMul(byKeyHead(weights, shape), x), [batch, nHead, length, x.shape[3]]);
};

/** Its transpose: [B, H, T, T'] and [B, H, T, D] → [B, G, T', D], summed over the query heads of each key head. */
const mixBack = (weights: tf.Tensor4D, x: tf.Tensor4D, shape: HeadShape): tf.Tensor4D =>
  batchedMatMul(byKeyHead(weights, shape), byKeyHead(x, shape), true, false);

/** Where and by which key weights are dropped. */
export interface WeightDropout {
  readonly site: DropoutSite;
  /** [1] int32. */
  readonly key: tf.Tensor1D;
}

const dropped = (weights: tf.Tensor4D, dropout: WeightDropout | undefined): tf.Tensor4D =>
  dropout ? tf.mul(weights, dropoutMask(weights.shape, dropout.site, hostInteger(dropout.key))) : weights;

/**
 * @param visible keys from here on are hidden
 * @returns [B·T, C], and the logarithm of every row's sum of exponentiated scores, [B·H, T]
 */
export function attentionReference(
  qkv: tf.Tensor2D,
  shape: HeadShape,
  dropout: WeightDropout | undefined,
  visible?: number,
): [tf.Tensor2D, tf.Tensor2D] {
  const { query, key, value } = splitHeads(qkv, shape);
  const { weights, scores } = weightsOf(query, key, shape, visible);
  // The largest weight is exp(largest score − logSumExp).
  const logSumExp = tf.sub(tf.max(scores, 3), tf.log(tf.max(weights, 3)));
  return [
    mergeHeads(mix(dropped(weights, dropout), value, shape)),
    tf.reshape(logSumExp, [shape.batch * shape.nHead, shape.length]),
  ];
}

/** Gradient in qkv, [B·T, (H + 2G)·D]. */
export function attentionGradientReference(
  dy: tf.Tensor2D,
  qkv: tf.Tensor2D,
  shape: HeadShape,
  dropout: WeightDropout | undefined,
): tf.Tensor2D {
  const { query, key, value } = splitHeads(qkv, shape);
  const { weights } = weightsOf(query, key, shape);
  const gradient = unmergeHeads(dy, shape, shape.nHead);
  const ofWeights = batchedMatMul(byKeyHead(gradient, shape), value, false, true);
  const dWeights = dropped(tf.reshape(ofWeights, weights.shape), dropout);
  const product = tf.mul(dWeights, weights);
  const scale = 1 / Math.sqrt(shape.headSize);
  const dScores = tf.mul<tf.Tensor4D>(tf.sub(product, tf.mul(weights, tf.sum(product, 3, true))), scale);
  return joinQkv({
    query: mix(dScores, key, shape),
    key: mixBack(dScores, query, shape),
    value: mixBack(dropped(weights, dropout), gradient, shape),
  });
}
