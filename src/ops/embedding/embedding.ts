// Token plus position embedding (GPT-3 §2.1, as in GPT-2), with gradients that are the same on every run. Positions are
// learned, fixed, or not added at all.
import { differentiable } from '../../engine/differentiable.ts';
import { heightOf, runKernel, sizeOf, widthOf, type Kernel } from '../../engine/kernel.ts';
import * as tf from '../../engine/tf.ts';
import { hostInteger } from '../dropout/dropoutMask.ts';
import { matMulNN } from '../matMul/matMul.ts';
import {
  embeddingProgram,
  positionGradientProgram,
  tokenEmbeddingProgram,
  tokenGradientProgram,
  type EmbeddingInputs,
} from './embedding.wgsl.ts';

/** From tokens [V, C], positions [contextLength, C], ids [B·T] and the first token's position [1] to [B·T, C]. */
export const embeddingKernel = (length: number): Kernel<EmbeddingInputs, [tf.Tensor2D]> => ({
  name: 'embedding',
  outputs: (tokens, _positions, ids) => [{ shape: [sizeOf(ids.shape), widthOf(tokens.shape)], dtype: 'float32' }],
  reference: (tokens, positions, ids, position) => {
    const [rows, width] = [ids.shape[0], tokens.shape[1]];
    const here = tf.slice(positions, [hostInteger(position), 0], [length, width]);
    const gathered = tf.reshape(tf.gather(tokens, ids), [rows / length, length, width]);
    return [tf.reshape(tf.add(gathered, tf.reshape(here, [1, length, width])), [rows, width])];
  },
  program: (site) => embeddingProgram(site, length),
  fusable: true,
});

/** From tokens [V, C] and ids [B·T] to [B·T, C]. */
export const tokenEmbeddingKernel: Kernel<[tf.Tensor2D, tf.Tensor1D], [tf.Tensor2D]> = {
  name: 'embedding',
  detail: 'of tokens',
  outputs: (tokens, ids) => [{ shape: [sizeOf(ids.shape), widthOf(tokens.shape)], dtype: 'float32' }],
  reference: (tokens, ids) => [tf.gather(tokens, ids)],
  program: tokenEmbeddingProgram,
  fusable: true,
};

/** Adds up the rows that have the same id: from dy [N, C] and ids [N] to [V, C]. */
export const tokenGradientKernel = (vocabSize: number): Kernel<[tf.Tensor2D, tf.Tensor1D], [tf.Tensor2D]> => ({
  name: 'embeddingGradient',
  outputs: (dy) => [{ shape: [vocabSize, widthOf(dy.shape)], dtype: 'float32' }],
  reference: (dy, ids) => [sumRowsById(dy, ids, vocabSize)],
  program: tokenGradientProgram,
  accumulates: true,
});

/** Adds up the sequences: from dy [B·T, C] and the first token's position [1] to [contextLength, C]. */
export const positionGradientKernel = (
  length: number,
  contextLength: number,
): Kernel<[tf.Tensor2D, tf.Tensor1D], [tf.Tensor2D]> => ({
  name: 'positionGradient',
  outputs: (dy) => [{ shape: [contextLength, widthOf(dy.shape)], dtype: 'float32' }],
  reference: (dy, position) => {
    const [rows, width] = dy.shape;
    const perPosition: tf.Tensor2D = tf.sum(tf.reshape(dy, [rows / length, length, width]), 0);
    const offset = hostInteger(position);
    return [
      tf.pad(perPosition, [
        [offset, contextLength - offset - length],
        [0, 0],
      ]),
    ];
  },
  program: (site) => positionGradientProgram(site, length),
});

export interface EmbeddingOptions {
  /** Positions are given, not learned: nothing computes their gradient. */
  readonly positionsAreFixed?: boolean;
}

/**
 * Row t of sequence b: tokens[ids[b, t]] + positions[position + t].
 * @param tokens [V, C] @param positions [contextLength, C]; without them the tokens alone @param ids [B·T] int32
 * @param position [1] int32, made on this side: that of the first token; position + length is at most contextLength
 * @param length T @returns [B·T, C]
 */
export function embedding(
  tokens: tf.Tensor2D,
  positions: tf.Tensor2D | undefined,
  ids: tf.Tensor1D,
  position: tf.Tensor1D,
  length: number,
  { positionsAreFixed = false }: EmbeddingOptions = {},
): tf.Tensor2D {
  const vocabSize = heightOf(tokens.shape);
  if (positions === undefined || positionsAreFixed) {
    return differentiable(
      [tokens],
      (tokens) => ({
        value: positions
          ? runKernel(embeddingKernel(length), tokens, positions, ids, position)[0]
          : runKernel(tokenEmbeddingKernel, tokens, ids)[0],
        saved: [ids],
      }),
      (dy, [ids]) => runKernel(tokenGradientKernel(vocabSize), dy, ids),
    );
  }
  const contextLength = heightOf(positions.shape);
  return differentiable(
    [tokens, positions],
    (tokens, positions) => ({
      value: runKernel(embeddingKernel(length), tokens, positions, ids, position)[0],
      saved: [ids, position],
    }),
    (dy, [ids, position]) => [
      runKernel(tokenGradientKernel(vocabSize), dy, ids)[0],
      runKernel(positionGradientKernel(length, contextLength), dy, position)[0],
    ],
  );
}

/**
 * [N, C] → [V, C]. WebGPU scatters with atomics in no fixed order; there a product with the one-hot ids gives the same
 * sums every time.
 */
function sumRowsById(rows: tf.Tensor2D, ids: tf.Tensor1D, vocabSize: number): tf.Tensor2D {
  if (tf.getBackend() === 'webgpu') {
    const vocabulary = tf.reshape(tf.range(0, vocabSize, 1, 'int32'), [vocabSize, 1]);
    const isOf = tf.cast(tf.equal(vocabulary, tf.reshape(ids, [1, ids.shape[0]])), 'float32') as tf.Tensor2D;
    return matMulNN(isOf, rows);
  }
  const shape: [number, number] = [vocabSize, rows.shape[1]];
  return tf.scatterND(tf.reshape(ids, [ids.shape[0], 1]), rows, shape) as tf.Tensor2D;
}
