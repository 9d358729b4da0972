// The output layer: from hidden states to logits, by the token embedding (tied) or by a linear map of its own; and what
// a slope of the logits means for hidden states and for the layer's tensors.
import type * as tf from '../../engine/tf.ts';
import { linear, tiedLogits } from '../linear/linear.ts';
import { matMulNN, matMulNT, matMulTN, weightGradient } from '../matMul/matMul.ts';

export type OutputLayer =
  /** The token embedding's transpose; `table` [V, C]. */
  | { readonly kind: 'tied'; readonly table: tf.Tensor2D }
  /** `weight` [C, V], `bias` [V]. */
  | { readonly kind: 'linear'; readonly weight: tf.Tensor2D; readonly bias?: tf.Tensor1D };

/** V. */
export const vocabSizeOf = (output: OutputLayer): number =>
  output.kind === 'tied' ? output.table.shape[0] : output.weight.shape[1];

/** The layer's tensors, in the order in which `outputGradients` gives their gradients. */
export function outputTensors(output: OutputLayer): tf.Tensor[] {
  if (output.kind === 'tied') return [output.table];
  const { weight, bias } = output;
  return bias === undefined ? [weight] : [weight, bias];
}

/** Logits [N, V] of hidden states [N, C], with gradients for these and all the layer's tensors. */
export function outputLogits(hidden: tf.Tensor2D, output: OutputLayer): tf.Tensor2D {
  if (output.kind === 'tied') return tiedLogits(hidden, output.table);
  return linear(hidden, output.weight, output.bias);
}

/** From the logits' slope [N, V] the gradients by hidden states [N, C] and by the layer's tensors. */
export function outputGradients(
  slope: tf.Tensor2D,
  hidden: tf.Tensor2D,
  output: OutputLayer,
): { dHidden: tf.Tensor2D; dTensors: tf.Tensor[] } {
  if (output.kind === 'tied') {
    return { dHidden: matMulNN(slope, output.table), dTensors: [matMulTN(slope, hidden)] };
  }
  const { weight, bias } = output;
  const dHidden = matMulNT(slope, weight);
  return { dHidden, dTensors: bias === undefined ? [matMulTN(hidden, slope)] : weightGradient(hidden, slope) };
}
