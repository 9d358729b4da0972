// The output layer and its loss in one: logits of hidden states, softmax cross-entropy, and the gradients of both, by
// chunks of rows, so that never more than one chunk's logits are in memory.
import { differentiable } from '../../engine/differentiable.ts';
import { runKernel } from '../../engine/kernel.ts';
import * as tf from '../../engine/tf.ts';
import { crossEntropyKernel } from './crossEntropy.ts';
import { meanOfKernel } from './meanOf.ts';
import { CROSS_ENTROPY, type Objective } from './objective.ts';
import { outputGradients, outputLogits, outputTensors, type OutputLayer } from './outputLayer.ts';

export interface NextTokenLossOptions {
  /** Rows whose logits are made at a time; N or more means all. */
  readonly rowsPerChunk: number;
  /** Makes the gradients as well, of the whole objective; without it the loss is cross-entropy alone. */
  readonly training: boolean;
  /** What is trained for besides cross-entropy; nothing unless told. */
  readonly objective?: Objective | undefined;
}

interface Chunks {
  readonly loss: tf.Scalar;
  /** Gradients by hidden states and the output layer's tensors; empty without training. */
  readonly gradients: tf.Tensor[];
}

/**
 * Mean negative log-likelihood of the targets in nats, or in training the mean objective: a scalar. Differentiable by
 * hidden states and all tensors of the output layer if `training`, and only as the end of what is differentiated: its
 * gradients are made with the loss, and taken as they are, not multiplied by an upstream gradient.
 * @param hidden [N, C] @param targets [N] int32, each in 0 … V − 1
 */
export function nextTokenLoss(
  hidden: tf.Tensor2D,
  output: OutputLayer,
  targets: tf.Tensor1D,
  options: NextTokenLossOptions,
): tf.Scalar {
  if (!options.training) return tf.tidy(() => inChunks(hidden, output, targets, options).loss);
  return differentiable<tf.Tensor[], tf.Tensor[], tf.Scalar>(
    [hidden, ...outputTensors(output)],
    () => {
      const { loss, gradients } = inChunks(hidden, output, targets, options);
      return { value: loss, saved: gradients };
    },
    // What is saved is disposed of after use.
    (_dy, gradients) => gradients.map((gradient) => tf.clone(gradient)),
  );
}

function inChunks(
  hidden: tf.Tensor2D,
  output: OutputLayer,
  targets: tf.Tensor1D,
  { rowsPerChunk, training, objective }: NextTokenLossOptions,
): Chunks {
  const [rows, width] = hidden.shape;
  const kernel = crossEntropyKernel(1 / rows, training ? objective : CROSS_ENTROPY);
  const losses: tf.Tensor1D[] = [];
  const dHidden: tf.Tensor2D[] = [];
  let sums: readonly tf.Tensor[] = [];
  for (let start = 0; start < rows; start += rowsPerChunk) {
    const count = Math.min(rowsPerChunk, rows - start);
    const isAll = count === rows;
    const states = isAll ? hidden : tf.slice(hidden, [start, 0], [count, width]);
    const wanted = isAll ? targets : tf.slice(targets, [start], [count]);
    const [loss, slope] = runKernel(kernel, outputLogits(states, output), wanted);
    losses.push(loss);
    if (!training) continue;
    const gradients = outputGradients(slope, states, output);
    dHidden.push(gradients.dHidden);
    sums = gradients.dTensors.map((part, i) => addedTo(sums[i], part));
  }
  const [loss] = runKernel(meanOfKernel, joinedRows(losses));
  return { loss, gradients: training ? [joinedRows(dHidden), ...sums] : [] };
}

const addedTo = (sum: tf.Tensor | undefined, part: tf.Tensor): tf.Tensor =>
  sum === undefined ? part : tf.add(sum, part);

function joinedRows<T extends tf.Tensor1D | tf.Tensor2D>(parts: readonly T[]): T {
  const [first] = parts;
  if (first === undefined) throw new RangeError('A loss needs at least one row.');
  return parts.length === 1 ? first : tf.concat([...parts], 0);
}
