// Attention of new tokens over cached keys and values plus their own: decoding without reading the context again.
// No gradient.
import { runKernel, type Kernel } from '../../engine/kernel.ts';
import * as tf from '../../engine/tf.ts';
import { hostInteger } from '../dropout/dropoutMask.ts';
import { maskedScores } from './attention.reference.ts';
import { cachedAttentionProgram } from './cachedAttention.wgsl.ts';
import { mergeHeads, splitHeads, unmergeHeads, type HeadShape } from './heads.ts';

export type CachedInputs = [qkv: tf.Tensor2D, cache: tf.Tensor2D, position: tf.Tensor1D];
export type CachedOutputs = [output: tf.Tensor2D, cache: tf.Tensor2D];

/** `shape.batch`: sequences S, `shape.length`: new tokens K of each. */
export const cachedAttentionKernel = (shape: HeadShape): Kernel<CachedInputs, CachedOutputs> => ({
  name: 'cachedAttention',
  detail: `${shape.nHead} heads, ${shape.length} new`,
  outputs: (qkv, cache) => [{ shape: [qkv.shape[0] ?? 0, shape.nHead * shape.headSize], dtype: 'float32' }, cache],
  reference: (qkv, cache, position) => reference(shape, qkv, cache, hostInteger(position)),
  program: (site) => cachedAttentionProgram(site, shape),
  inPlace: [[1, 1]],
});

function reference(shape: HeadShape, qkv: tf.Tensor2D, cache: tf.Tensor2D, position: number): CachedOutputs {
  const { batch, length, nHead, headSize } = shape;
  const width = nHead * headSize;
  const contextLength = cache.shape[0] / batch;
  const read = Math.min(position + length, contextLength);
  const fresh: tf.Tensor3D = tf.reshape(tf.slice(qkv, [0, width], [batch * length, 2 * width]), [batch, length, -1]);
  const before: tf.Tensor3D = tf.reshape(cache, [batch, contextLength, 2 * width]);
  const present = tf.concat(
    [
      tf.slice(before, [0, 0, 0], [batch, position, 2 * width]),
      tf.slice(fresh, [0, 0, 0], [batch, read - position, 2 * width]),
      tf.slice(before, [0, read, 0], [batch, contextLength - read, 2 * width]),
    ],
    1,
  );
  const seen = { ...shape, length: read };
  const part = (start: number): tf.Tensor4D =>
    unmergeHeads(tf.reshape(tf.slice(present, [0, 0, start], [batch, read, width]), [batch * read, width]), seen);
  const { query } = splitHeads(qkv, shape);
  const weights = tf.softmax(maskedScores(query, part(0)));
  const output = mergeHeads(tf.matMul(weights, part(width)), shape);
  return [output, tf.reshape(present, [batch * contextLength, 2 * width])];
}

/**
 * Reads K new tokens of each of S sequences.
 * @param qkv [S·K, 3C] of the new tokens
 * @param cache [S·contextLength, 2C]: keys and values of the tokens before them
 * @param position [1] int32, made on this side: how many tokens are before them; what would lie beyond is not kept
 * @returns the output [S·K, C], and the cache with the new tokens in it. Caller disposes both, and `cache`.
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
