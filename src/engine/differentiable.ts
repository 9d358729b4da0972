// Joins a forward computation with its hand-written gradient into one node of TensorFlow.js' tape.
// It is the typed form of `tf.customGrad`: what is saved, and one gradient per input, are checked by the compiler.
import * as tf from './tf.ts';

/**
 * Runs `forward` on the inputs and records its gradient.
 * @param forward gives the value, and in `saved` the tensors that the gradient needs
 * @param gradient gives one tensor per input, in order, each of its input's shape
 */
export function differentiable<Inputs extends tf.Tensor[], Saved extends tf.Tensor[], Output extends tf.Tensor>(
  inputs: [...Inputs],
  forward: (...inputs: Inputs) => { value: Output; saved: [...Saved] },
  gradient: (dy: Output, saved: Saved) => { [K in keyof Inputs]: tf.Tensor },
): Output {
  // TensorFlow.js hands back the inputs in the order given, then the function that saves tensors,
  // and later the saved tensors in the order saved: that is what the casts state.
  const op = tf.customGrad((...given) => {
    const { value, saved } = forward(...(given.slice(0, -1) as Inputs));
    (given.at(-1) as tf.GradSaveFunc)(saved);
    return { value, gradFunc: (dy, kept) => gradient(dy as Output, kept as Saved) };
  });
  return op(...inputs) as Output;
}
