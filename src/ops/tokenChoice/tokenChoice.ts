// Chooses the next token of every sequence from its logits on the device, so that several tokens can be under way before
// any is read. The random numbers come from outside: the same ones give the same tokens on this side and over there.
import { heightOf, runKernel, type Kernel } from '../../engine/kernel.ts';
import * as tf from '../../engine/tf.ts';
import { drawToken, type Cut } from './drawToken.ts';
import { tokenChoiceProgram } from './tokenChoice.wgsl.ts';

export type TokenChoiceInputs = [logits: tf.Tensor2D, draws: tf.Tensor1D, cut: tf.Tensor1D];

/** From logits [S, V], a number in [0, 1) for each sequence [S] and the cut [4] to ids [S] int32. */
export const tokenChoiceKernel: Kernel<TokenChoiceInputs, [tf.Tensor1D]> = {
  name: 'tokenChoice',
  outputs: (logits) => [{ shape: [heightOf(logits.shape)], dtype: 'int32' }],
  reference: (logits, draws, cut) => {
    const [rows, size] = logits.shape;
    const values = logits.dataSync<'float32'>();
    const numbers = draws.dataSync();
    const [temperature = 0, topK = 0, topP = 1, minP = 0] = cut.dataSync();
    const ids = Int32Array.from({ length: rows }, (_, row) =>
      drawToken(values.subarray(row * size, (row + 1) * size), { temperature, topK, topP, minP }, numbers[row] ?? 0),
    );
    return [tf.tensor1d(ids, 'int32')];
  },
  program: tokenChoiceProgram,
};

/** The cut as the kernel reads it: [4]. */
export const cutNumbers = ({ temperature, topK, topP, minP }: Cut): readonly number[] => [
  temperature,
  topK,
  topP,
  minP,
];

/** See `tokenChoiceKernel`. Caller disposes. */
export const tokenChoice = (logits: tf.Tensor2D, draws: tf.Tensor1D, cut: tf.Tensor1D): tf.Tensor1D =>
  runKernel(tokenChoiceKernel, logits, draws, cut)[0];
