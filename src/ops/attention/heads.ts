// What attention is asked to compute, and the way between the layout of a projection, [B·T, (H + 2G)·D], and that of
// attention heads, [B, H, T, D]. Who sees whom is `visibility.ts`.
import * as tf from '../../engine/tf.ts';

export interface HeadShape {
  /** B: sequences. */
  readonly batch: number;
  /** T: tokens of each. */
  readonly length: number;
  /** H: query heads, a multiple of `nKeyValueHead`. */
  readonly nHead: number;
  /** G: key and value heads; each is read by H / G neighbouring query heads (grouped queries, Ainslie et al. 2023). */
  readonly nKeyValueHead: number;
  /** D = C / H. */
  readonly headSize: number;
  /** Whether a token sees only itself and those before it; else it sees its whole sequence. */
  readonly causal: boolean;
  /** A token sees at most band − 1 tokens away (locally banded attention, Child et al. 2019); 0 means no limit. */
  readonly band: number;
  /** Whether scores fall with distance (Press et al. 2022). */
  readonly alibi: boolean;
}

export interface Heads {
  /** [B, H, T, D]. */
  readonly query: tf.Tensor4D;
  /** Each [B, G, T, D]. */
  readonly key: tf.Tensor4D;
  readonly value: tf.Tensor4D;
}

/** Query heads that read one key head. */
export const groupSize = ({ nHead, nKeyValueHead }: HeadShape): number => nHead / nKeyValueHead;

/** Columns of a token's queries, keys and values: (H + 2G)·D. */
export const qkvWidth = ({ nHead, nKeyValueHead, headSize }: HeadShape): number =>
  (nHead + 2 * nKeyValueHead) * headSize;

/** @throws RangeError if query heads cannot share key heads equally, or the band is no number of tokens */
export function requireHeads({ nHead, nKeyValueHead, band }: HeadShape): void {
  if (nHead % nKeyValueHead !== 0) {
    const fitting = Array.from({ length: nHead }, (_, i) => i + 1).filter((count) => nHead % count === 0);
    const distance = (count: number): number => Math.abs(count - (nKeyValueHead || 0));
    const nearest = fitting.reduce((best, count) => (distance(count) < distance(best) ? count : best));
    throw new RangeError(
      `${nHead} query heads cannot share ${nKeyValueHead} key and value heads equally; ${nearest} would do.`,
    );
  }
  if (!Number.isInteger(band) || band < 0) {
    const nearest = Math.max(0, Math.round(band) || 0);
    throw new RangeError(
      `A band of ${band} tokens cannot be; ${nearest}${nearest === 0 ? ' (no limit)' : ''} would do.`,
    );
  }
}

/** What tells attention of some heads apart in cost and code, besides how many tokens there are. */
export const describeHeads = ({ nHead, nKeyValueHead, causal, band, alibi }: HeadShape): string =>
  [
    `${nHead} heads`,
    ...(nKeyValueHead < nHead ? [`${nKeyValueHead} of keys and values`] : []),
    ...(causal ? [] : ['both ways']),
    ...(band > 0 ? [`band ${band}`] : []),
    ...(alibi ? ['ALiBi'] : []),
  ].join(', ');

/**
 * qkv [B·T, (H + 2G)·D] → queries, keys and values. Slices have three axes and whole heads in the last; no transpose has
 * more than four, beyond which WASM's is a hundred times slower.
 */
export function splitHeads(qkv: tf.Tensor2D, shape: HeadShape): Heads {
  const { batch, length, nHead, nKeyValueHead, headSize } = shape;
  const count = nHead + 2 * nKeyValueHead;
  const heads = tf.reshape(unmergeHeads(qkv, shape, count), [batch, count, length * headSize]);
  const part = (first: number, size: number): tf.Tensor4D =>
    tf.reshape(tf.slice(heads, [0, first, 0], [batch, size, length * headSize]), [batch, size, length, headSize]);
  return {
    query: part(0, nHead),
    key: part(nHead, nKeyValueHead),
    value: part(nHead + nKeyValueHead, nKeyValueHead),
  };
}

/** Inverse of `splitHeads`, for gradients. */
export const joinQkv = ({ query, key, value }: Heads): tf.Tensor2D => mergeHeads(tf.concat([query, key, value], 1));

/** [B, H, T, D] → [B·T, H·D], for any number of heads. */
export function mergeHeads(heads: tf.Tensor4D): tf.Tensor2D {
  const [batch, count, length, headSize] = heads.shape;
  return tf.reshape(tf.transpose(heads, [0, 2, 1, 3]), [batch * length, count * headSize]);
}

/** [B·T, H·D] → [B, H, T, D], for `count` heads. */
export function unmergeHeads(x: tf.Tensor2D, { batch, length, headSize }: HeadShape, count: number): tf.Tensor4D {
  return tf.transpose(tf.reshape(x, [batch, length, count, headSize]), [0, 2, 1, 3]);
}
