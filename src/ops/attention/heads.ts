// Between the layout of a projection, [B·T, 3C], and that of attention heads, [B, H, T, D].
import * as tf from '../../engine/tf.ts';

export interface HeadShape {
  /** B: sequences. */
  readonly batch: number;
  /** T: tokens of each. */
  readonly length: number;
  readonly nHead: number;
  /** D = C / H. */
  readonly headSize: number;
}

export interface Heads {
  /** Each [B, H, T, D]. */
  readonly query: tf.Tensor4D;
  readonly key: tf.Tensor4D;
  readonly value: tf.Tensor4D;
}

/** qkv [B·T, 3C] → queries, keys and values. One transpose puts the three apart, so that they are plain slices. */
export function splitHeads(qkv: tf.Tensor2D, shape: HeadShape): Heads {
  const { batch, length, nHead, headSize } = shape;
  const apart = tf.transpose(tf.reshape(qkv, [batch, length, 3, nHead, headSize]), [2, 0, 3, 1, 4]);
  const part = (index: number): tf.Tensor4D =>
    tf.reshape(tf.slice(apart, [index, 0, 0, 0, 0], [1, batch, nHead, length, headSize]), [
      batch,
      nHead,
      length,
      headSize,
    ]);
  return { query: part(0), key: part(1), value: part(2) };
}

/** Inverse of `splitHeads`, for gradients. */
export function joinQkv({ query, key, value }: Heads, shape: HeadShape): tf.Tensor2D {
  const { batch, length, nHead, headSize } = shape;
  const stacked = tf.reshape(tf.concat([query, key, value], 0), [3, batch, nHead, length, headSize]);
  return tf.reshape(tf.transpose(stacked, [1, 3, 0, 2, 4]), [batch * length, 3 * nHead * headSize]);
}

/** [B, H, T, D] → [B·T, C]. */
export function mergeHeads(heads: tf.Tensor4D, { batch, length, nHead, headSize }: HeadShape): tf.Tensor2D {
  return tf.reshape(tf.transpose(heads, [0, 2, 1, 3]), [batch * length, nHead * headSize]);
}

/** [B·T, C] → [B, H, T, D]. */
export function unmergeHeads(x: tf.Tensor2D, { batch, length, nHead, headSize }: HeadShape): tf.Tensor4D {
  return tf.transpose(tf.reshape(x, [batch, length, nHead, headSize]), [0, 2, 1, 3]);
}
