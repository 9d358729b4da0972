// The output layer and its loss in one: hidden states times the token embedding, softmax cross-entropy, and both
// gradients, by chunks of rows, so that never more than one chunk's logits are in memory.
import { differentiable } from '../../engine/differentiable.ts';
import { runKernel } from '../../engine/kernel.ts';
import * as tf from '../../engine/tf.ts';
import { matMulNN, matMulNT, matMulTN } from '../matMul/matMul.ts';
import { crossEntropyKernel } from './crossEntropy.ts';
import { meanOfKernel } from './meanOf.ts';

export interface NextTokenLossOptions {
  /** Rows whose logits are made at a time; N or more means all. */
  readonly rowsPerChunk: number;
  /** Makes the gradients as well. */
  readonly training: boolean;
}

interface Chunks {
  readonly loss: tf.Scalar;
  /** Gradients by hidden and table; empty without training. */
  readonly gradients: tf.Tensor[];
}

/**
 * Mean negative log-likelihood of the targets in nats: a scalar. Differentiable by hidden and table if `training`, and
 * only as the end of what is differentiated: its gradients are made with the loss, and taken as they are, not
 * multiplied by an upstream gradient.
 * @param hidden [N, C] @param table [V, C], the token embedding @param targets [N] int32, each in 0 … V − 1
 */
export function nextTokenLoss(
  hidden: tf.Tensor2D,
  table: tf.Tensor2D,
  targets: tf.Tensor1D,
  options: NextTokenLossOptions,
): tf.Scalar {
  if (!options.training) return tf.tidy(() => inChunks(hidden, table, targets, options).loss);
  return differentiable(
    [hidden, table],
    (hidden, table) => {
      const { loss, gradients } = inChunks(hidden, table, targets, options);
      return { value: loss, saved: gradients };
    },
    (_dy, [dHidden, dTable]) => {
      if (dHidden === undefined || dTable === undefined) throw new Error('The loss was made without its gradients.');
      // What is saved is disposed of after use.
      return [tf.clone(dHidden), tf.clone(dTable)];
    },
  );
}

function inChunks(
  hidden: tf.Tensor2D,
  table: tf.Tensor2D,
  targets: tf.Tensor1D,
  { rowsPerChunk, training }: NextTokenLossOptions,
): Chunks {
  const [rows, width] = hidden.shape;
  const kernel = crossEntropyKernel(1 / rows);
  const losses: tf.Tensor1D[] = [];
  const dHidden: tf.Tensor2D[] = [];
  let dTable: tf.Tensor2D | undefined;
  for (let start = 0; start < rows; start += rowsPerChunk) {
    const count = Math.min(rowsPerChunk, rows - start);
    const isAll = count === rows;
    const states = isAll ? hidden : tf.slice(hidden, [start, 0], [count, width]);
    const wanted = isAll ? targets : tf.slice(targets, [start], [count]);
    const [loss, slope] = runKernel(kernel, matMulNT(states, table), wanted);
    losses.push(loss);
    if (!training) continue;
    dHidden.push(matMulNN(slope, table));
    const part = matMulTN(slope, states);
    dTable = dTable === undefined ? part : tf.add(dTable, part);
  }
  const [loss] = runKernel(meanOfKernel, joinedRows(losses));
  return { loss, gradients: dTable === undefined ? [] : [joinedRows(dHidden), dTable] };
}

function joinedRows<T extends tf.Tensor1D | tf.Tensor2D>(parts: readonly T[]): T {
  const [first] = parts;
  if (first === undefined) throw new RangeError('A loss needs at least one row.');
  return parts.length === 1 ? first : tf.concat([...parts], 0);
}
