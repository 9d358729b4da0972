// Attention of new tokens over cached keys and values plus their own: decoding without reading the context again.
// The cache is a ring: once it is full every new token takes the place of the oldest. No gradient.
import { heightOf, runKernel, type Kernel } from '../../engine/kernel.ts';
import * as tf from '../../engine/tf.ts';
import { hostInteger } from '../dropout/dropoutMask.ts';
import { mix, weightsOf } from './attention.reference.ts';
import { cachedAttentionProgram } from './cachedAttention.wgsl.ts';
import { describeHeads, mergeHeads, qkvWidth, requireHeads, unmergeHeads, type HeadShape } from './heads.ts';

export type CachedInputs = [qkv: tf.Tensor2D, cache: tf.Tensor2D, position: tf.Tensor1D];
export type CachedOutputs = [output: tf.Tensor2D, cache: tf.Tensor2D];

/**
 * `shape.batch`: sequences S, `shape.length`: new tokens K of each.
 * @throws RangeError if the shape is not causal: earlier tokens would have to be read again
 */
export function cachedAttentionKernel(shape: HeadShape): Kernel<CachedInputs, CachedOutputs> {
  requireHeads(shape);
  if (!shape.causal) {
    throw new RangeError(
      'Keys and values can be cached for causal attention only: where tokens look ahead, read the whole text again.',
    );
  }
  return {
    name: 'cachedAttention',
    detail: `${describeHeads(shape)}, ${shape.length} new`,
    outputs: (qkv, cache) => [{ shape: [qkv.shape[0] ?? 0, shape.nHead * shape.headSize], dtype: 'float32' }, cache],
    reference: (qkv, cache, position) => reference(shape, qkv, cache, hostInteger(position)),
    program: (site) => cachedAttentionProgram(site, shape),
    inPlace: [[1, 1]],
  };
}

function reference(shape: HeadShape, qkv: tf.Tensor2D, cache: tf.Tensor2D, position: number): CachedOutputs {
  const { batch, length, nHead, nKeyValueHead, headSize, band } = shape;
  const width = nHead * headSize;
  const kept = 2 * nKeyValueHead * headSize;
  const contextLength = heightOf(cache.shape) / batch;
  if (length > 1 && position + length > contextLength) {
    throw new RangeError(
      `${length} new tokens at ${position} pass the end of a cache of ${contextLength}: read them one by one.`,
    );
  }
  const rows: tf.Tensor3D = tf.reshape(qkv, [batch, length, qkvWidth(shape)]);
  const fresh = tf.slice(rows, [0, 0, width], [batch, length, kept]);
  const slot = position % contextLength;
  const before: tf.Tensor3D = tf.reshape(cache, [batch, contextLength, kept]);
  const slots = (from: number, count: number): tf.Tensor3D => tf.slice(before, [0, from, 0], [batch, count, kept]);
  const present = tf.concat([slots(0, slot), fresh, slots(slot + length, contextLength - slot - length)], 1);

  // What the new tokens see, in the order of their positions: from the oldest's slot to the ring's end, then from its start.
  const reach = band > 0 ? Math.min(band, contextLength) : contextLength;
  const oldest = Math.max(0, position + 1 - reach);
  const count = position + length - oldest;
  const start = oldest % contextLength;
  const straight = Math.min(count, contextLength - start);
  const window = tf.concat(
    [
      tf.slice(present, [0, start, 0], [batch, straight, kept]),
      tf.slice(present, [0, 0, 0], [batch, count - straight, kept]),
    ],
    1,
  );
  const headsOf = (x: tf.Tensor3D, from: number, heads: number): tf.Tensor4D => {
    const tokens = x.shape[1];
    const columns = tf.slice(x, [0, 0, from], [batch, tokens, heads * headSize]);
    return unmergeHeads(tf.reshape(columns, [batch * tokens, heads * headSize]), { ...shape, length: tokens }, heads);
  };
  const { weights } = weightsOf(headsOf(rows, 0, nHead), headsOf(window, 0, nKeyValueHead), shape);
  const output = mergeHeads(mix(weights, headsOf(window, kept / 2, nKeyValueHead), shape));
  return [output, tf.reshape(present, [batch * contextLength, kept])];
}

/**
 * Reads K new tokens of each of S sequences. The token at position p of its sequence lies in slot p mod contextLength of
 * the cache and sees those of the last contextLength tokens (the last `shape.band`, if that is less) that there are, itself
 * included.
 * @param qkv [S·K, (H + 2G)·D] of the new tokens
 * @param cache [S·contextLength, 2G·D]: keys and values of the tokens before them
 * @param position [1] int32, made on this side: position of the first new token, which may lie beyond contextLength.
 *   Several new tokens at once must end within it: later ones would take the place of what earlier ones see.
 * @returns the output [S·K, C], and the cache with the new tokens in it. Caller disposes both, and `cache`.
 * @throws RangeError if the shape is not causal, and where it is seen at once if several tokens pass the cache's end
 */
export function cachedAttention(
  qkv: tf.Tensor2D,
  cache: tf.Tensor2D,
  position: tf.Tensor1D,
  shape: HeadShape,
): { output: tf.Tensor2D; cache: tf.Tensor2D } {
  const [output, present] = runKernel(cachedAttentionKernel(shape), qkv, cache, position);
  return { output, cache: present };
}
