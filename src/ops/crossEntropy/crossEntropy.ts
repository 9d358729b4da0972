// Softmax cross-entropy from logits, one loss per row together with its gradient, which takes the logits' memory.
// It differentiates nothing by itself: see `nextTokenLoss.ts`.
import { heightOf, widthOf, type Kernel } from '../../engine/kernel.ts';
import * as tf from '../../engine/tf.ts';
import { crossEntropyProgram, crossEntropyVariants, type CrossEntropyInputs } from './crossEntropy.wgsl.ts';

/**
 * From logits [N, V], V at least 2, and targets [N] int32, each in 0 … V − 1, to the losses in nats [N] and their
 * gradient (softmax − one-hot) · scale [N, V]. Finite for logits of any size.
 */
export const crossEntropyKernel = (scale: number): Kernel<CrossEntropyInputs, [tf.Tensor1D, tf.Tensor2D]> => ({
  name: 'crossEntropy',
  outputs: (logits) => [{ shape: [heightOf(logits.shape)], dtype: 'float32' }, logits],
  reference: (logits, targets) => {
    const probabilities = tf.softmax(logits);
    const chosen = tf.cast(tf.oneHot(targets, logits.shape[1]), 'float32') as tf.Tensor2D;
    // The most probable token's own −ln p is the distance of the log-sum-exp from the largest logit: finite for
    // logits of any size, and without an exponential of the whole matrix.
    const excess = tf.neg(tf.log(tf.max(probabilities, 1)));
    const below = tf.sub(tf.max(logits, 1), tf.sum(tf.mul(chosen, logits), 1));
    return [tf.add(below, excess), tf.mul(tf.sub(probabilities, chosen), scale)];
  },
  program: (site) => crossEntropyProgram(site, scale),
  variants: ({ inputs, traits }) => crossEntropyVariants(widthOf(inputs[0].shape), traits),
  inPlace: [[1, 0]],
});
