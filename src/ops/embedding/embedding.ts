// Token plus learned position embedding (GPT-3 §2.1, as in GPT-2), with a gradient that is the same on every run.
import { differentiable } from '../../engine/differentiable.ts';
import * as tf from '../../engine/tf.ts';
import { matMulNN } from '../matMul/matMul.ts';

/**
 * Row t of sequence b: tokens[ids[b, t]] + positions[t].
 * @param tokens [V, C] @param positions [contextLength, C]
 * @param ids [B·T] int32 @param length T, at most contextLength @param offset position of the first token
 * @returns [B·T, C]
 */
export function embedding(
  tokens: tf.Tensor2D,
  positions: tf.Tensor2D,
  ids: tf.Tensor1D,
  length: number,
  offset = 0,
): tf.Tensor2D {
  const [vocabSize, width] = tokens.shape;
  const contextLength = positions.shape[0];
  const rows = ids.shape[0];
  const batch = rows / length;
  return differentiable(
    [tokens, positions],
    (tokens, positions) => {
      const here = tf.slice(positions, [offset, 0], [length, width]);
      const gathered = tf.reshape(tf.gather(tokens, ids), [batch, length, width]);
      return {
        value: tf.reshape(tf.add(gathered, tf.reshape(here, [1, length, width])), [rows, width]),
        saved: [],
      };
    },
    (dy) => {
      const perPosition: tf.Tensor2D = tf.sum(tf.reshape(dy, [batch, length, width]), 0);
      const padding: [number, number][] = [
        [offset, contextLength - offset - length],
        [0, 0],
      ];
      return [sumRowsById(dy, ids, vocabSize), tf.pad(perPosition, padding)];
    },
  );
}

/**
 * Adds up the rows that have the same id: [N, C] → [V, C].
 * WebGPU scatters with atomics in no fixed order; there a product with the one-hot ids gives the same sums every time.
 */
export function sumRowsById(rows: tf.Tensor2D, ids: tf.Tensor1D, vocabSize: number): tf.Tensor2D {
  if (tf.getBackend() === 'webgpu') {
    const vocabulary = tf.reshape(tf.range(0, vocabSize, 1, 'int32'), [vocabSize, 1]);
    const isOf = tf.cast(tf.equal(vocabulary, tf.reshape(ids, [1, ids.shape[0]])), 'float32') as tf.Tensor2D;
    return matMulNN(isOf, rows);
  }
  const shape: [number, number] = [vocabSize, rows.shape[1]];
  return tf.scatterND(tf.reshape(ids, [ids.shape[0], 1]), rows, shape) as tf.Tensor2D;
}
