// Scaled dot-product attention of many heads (Vaswani et al. 2017 §3.2) with an additive mask, over whole sequences.
// Decoding from cached keys and values is `cachedAttention.ts`.
import { differentiable } from '../../engine/differentiable.ts';
import * as tf from '../../engine/tf.ts';
import { joinQkv, mergeHeads, splitHeads, unmergeHeads, type HeadShape } from './heads.ts';
import { dropoutMask } from '../dropout/dropoutMask.ts';

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

export interface AttentionDropout {
  readonly rate: number;
  readonly key: number;
}

/** Softmax of masked, scaled scores: [B, H, T, T']. */
export function attentionWeights(query: tf.Tensor4D, key: tf.Tensor4D, mask: tf.Tensor2D): tf.Tensor4D {
  const scale = 1 / Math.sqrt(query.shape[3]);
  return tf.softmax(tf.add(tf.matMul(tf.mul(query, scale), key, false, true), mask));
}

/**
 * Attention over whole sequences, with its gradient.
 * @param qkv [B·T, 3C], queries, keys and values side by side
 * @param mask [T, T], see `causalMask`
 * @returns [B·T, C]
 */
export function attention(
  qkv: tf.Tensor2D,
  mask: tf.Tensor2D,
  shape: HeadShape,
  dropout?: AttentionDropout,
): tf.Tensor2D {
  const scale = 1 / Math.sqrt(shape.headSize);
  const dropped = (weights: tf.Tensor4D): tf.Tensor4D =>
    dropout && dropout.rate > 0
      ? tf.mul(weights, dropoutMask(weights.shape, dropout.rate, dropout.key) as tf.Tensor4D)
      : weights;
  return differentiable(
    [qkv],
    (qkv) => {
      const { query, key, value } = splitHeads(qkv, shape);
      const weights = attentionWeights(query, key, mask);
      return {
        value: mergeHeads(tf.matMul(dropped(weights), value), shape),
        saved: [query, key, value, weights],
      };
    },
    (dy, [query, key, value, weights]) => {
      const gradient = unmergeHeads(dy, shape);
      const dValue: tf.Tensor4D = tf.matMul(dropped(weights), gradient, true, false);
      const dWeights = dropped(tf.matMul(gradient, value, false, true));
      const product = tf.mul(dWeights, weights);
      const dScores = tf.mul(tf.sub(product, tf.mul(weights, tf.sum(product, 3, true))), scale);
      const dQuery = tf.matMul(dScores, key) as tf.Tensor4D;
      const dKey = tf.matMul(dScores, query, true, false) as tf.Tensor4D;
      return [joinQkv({ query: dQuery, key: dKey, value: dValue }, shape)];
    },
  );
}
