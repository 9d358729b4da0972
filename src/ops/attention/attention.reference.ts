// Attention as a composition of TensorFlow.js operations, with the matrix of weights: what its kernels are compared
// with, and what runs where there is no WebGPU.
import * as tf from '../../engine/tf.ts';
import { dropoutMask, hostInteger, type DropoutSite } from '../dropout/dropoutMask.ts';
import { joinQkv, mergeHeads, splitHeads, unmergeHeads, type HeadShape } from './heads.ts';

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

/** Scaled, masked scores of the last tokens: queries [B, H, T, D], keys [B, H, T', D] → [B, H, T, T']. */
export function maskedScores(query: tf.Tensor4D, key: tf.Tensor4D): tf.Tensor4D {
  const scale = 1 / Math.sqrt(query.shape[3]);
  const mask = causalMask(query.shape[2], key.shape[2] - query.shape[2]);
  return tf.add(tf.matMul(tf.mul(query, scale), key, false, true), mask);
}

/** Where and by which key weights are dropped. */
export interface WeightDropout {
  readonly site: DropoutSite;
  /** [1] int32. */
  readonly key: tf.Tensor1D;
}

const dropped = (weights: tf.Tensor4D, dropout: WeightDropout | undefined): tf.Tensor4D =>
  dropout ? tf.mul(weights, dropoutMask(weights.shape, dropout.site, hostInteger(dropout.key))) : weights;

/** @returns [B·T, C], and the logarithm of every row's sum of exponentiated scores, [B·H, T] */
export function attentionReference(
  qkv: tf.Tensor2D,
  shape: HeadShape,
  dropout: WeightDropout | undefined,
): [tf.Tensor2D, tf.Tensor2D] {
  const { query, key, value } = splitHeads(qkv, shape);
  const scores = maskedScores(query, key);
  const weights = tf.softmax(scores);
  // The largest weight is exp(largest score − logSumExp).
  const logSumExp = tf.sub(tf.max(scores, 3), tf.log(tf.max(weights, 3)));
  return [
    mergeHeads(tf.matMul(dropped(weights, dropout), value), shape),
    tf.reshape(logSumExp, [shape.batch * shape.nHead, shape.length]),
  ];
}

/** Gradient in qkv, [B·T, 3C]. */
export function attentionGradientReference(
  dy: tf.Tensor2D,
  qkv: tf.Tensor2D,
  shape: HeadShape,
  dropout: WeightDropout | undefined,
): tf.Tensor2D {
  const { query, key, value } = splitHeads(qkv, shape);
  const weights: tf.Tensor4D = tf.softmax(maskedScores(query, key));
  const gradient = unmergeHeads(dy, shape);
  const dValue: tf.Tensor4D = tf.matMul(dropped(weights, dropout), gradient, true, false);
  const dWeights = dropped(tf.matMul(gradient, value, false, true), dropout);
  const product = tf.mul(dWeights, weights);
  const scale = 1 / Math.sqrt(shape.headSize);
  const dScores = tf.mul(tf.sub(product, tf.mul(weights, tf.sum(product, 3, true))), scale);
  const dQuery = tf.matMul(dScores, key) as tf.Tensor4D;
  const dKey = tf.matMul(dScores, query, true, false) as tf.Tensor4D;
  return joinQkv({ query: dQuery, key: dKey, value: dValue }, shape);
}
