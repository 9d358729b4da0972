// Attention of new tokens over cached keys and values plus their own: decoding without reading the context again.
// No gradient.
import * as tf from '../../engine/tf.ts';
import { attentionWeights, causalMask } from './attention.ts';
import { mergeHeads, splitHeads, type HeadShape } from './heads.ts';

/** Each [B, H, tokens so far, D]. */
export type KeyValue = { readonly key: tf.Tensor4D; readonly value: tf.Tensor4D };

/**
 * @param qkv [B·T, 3C] of the new tokens @param past keys and values of the tokens before them
 * @returns [B·T, C], and keys and values with the new ones appended (caller disposes both, and `past`).
 */
export function cachedAttention(
  qkv: tf.Tensor2D,
  past: KeyValue | undefined,
  shape: HeadShape,
): { output: tf.Tensor2D; present: KeyValue } {
  const fresh = splitHeads(qkv, shape);
  const key = past ? tf.concat([past.key, fresh.key], 2) : fresh.key;
  const value = past ? tf.concat([past.value, fresh.value], 2) : fresh.value;
  const mask = causalMask(shape.length, key.shape[2] - shape.length);
  const weights = attentionWeights(fresh.query, key, mask);
  return { output: mergeHeads(tf.matMul(weights, value), shape), present: { key, value } };
}
