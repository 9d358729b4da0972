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

/**
 * qkv [B·T, 3C] → queries, keys and values. The three are put apart first, so that they are plain slices; no transpose
 * has more than four axes, beyond which WASM's is a hundred times slower.
 */
export function splitHeads(qkv: tf.Tensor2D, shape: HeadShape): Heads {
  const rows = shape.batch * shape.length;
  const width = shape.nHead * shape.headSize;
  const apart = tf.transpose(tf.reshape(qkv, [rows, 3, width]), [1, 0, 2]);
  const part = (index: number): tf.Tensor4D =>
    unmergeHeads(tf.reshape(tf.slice(apart, [index, 0, 0], [1, rows, width]), [rows, width]), shape);
  return { query: part(0), key: part(1), value: part(2) };
}

/** Inverse of `splitHeads`, for gradients. */
export function joinQkv({ query, key, value }: Heads, shape: HeadShape): tf.Tensor2D {
  const rows = shape.batch * shape.length;
  const width = shape.nHead * shape.headSize;
  const stacked = tf.concat([mergeHeads(query, shape), mergeHeads(key, shape), mergeHeads(value, shape)], 0);
  return tf.reshape(tf.transpose(tf.reshape(stacked, [3, rows, width]), [1, 0, 2]), [rows, 3 * width]);
}

/** [B, H, T, D] → [B·T, C]. */
export function mergeHeads(heads: tf.Tensor4D, { batch, length, nHead, headSize }: HeadShape): tf.Tensor2D {
  return tf.reshape(tf.transpose(heads, [0, 2, 1, 3]), [batch * length, nHead * headSize]);
}

/** [B·T, C] → [B, H, T, D]. */
export function unmergeHeads(x: tf.Tensor2D, { batch, length, nHead, headSize }: HeadShape): tf.Tensor4D {
  return tf.transpose(tf.reshape(x, [batch, length, nHead, headSize]), [0, 2, 1, 3]);
}
