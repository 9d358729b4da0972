// Softmax cross-entropy from logits, one loss per row together with its gradient, which takes the logits' memory.
// It differentiates nothing by itself: see `nextTokenLoss.ts`.
import { heightOf, widthOf, type Kernel } from '../../engine/kernel.ts';
import * as tf from '../../engine/tf.ts';
import { crossEntropyProgram, crossEntropyVariants, type CrossEntropyInputs } from './crossEntropy.wgsl.ts';
import { CROSS_ENTROPY, type Objective } from './objective.ts';

/**
 * From logits [N, V], V at least 2, and targets [N] int32, each in 0 … V − 1, to the losses in nats [N] and their
 * gradient [N, V] times `scale`, which for plain cross-entropy is (softmax − one-hot) · scale. Finite for logits of ±1e4
 * and more.
 */
export const crossEntropyKernel = (
  scale: number,
  objective: Objective = CROSS_ENTROPY,
): Kernel<CrossEntropyInputs, [tf.Tensor1D, tf.Tensor2D]> => ({
  name: 'crossEntropy',
  outputs: (logits) => [{ shape: [heightOf(logits.shape)], dtype: 'float32' }, logits],
  reference: (logits, targets) => {
    const probabilities = tf.softmax(logits);
    const chosen = tf.cast(tf.oneHot(targets, logits.shape[1]), 'float32') as tf.Tensor2D;
    // The most probable token's own −ln p is the distance of the log-sum-exp from the largest logit: finite for
    // logits of any size, and without an exponential of the whole matrix.
    const excess = tf.neg(tf.log(tf.max(probabilities, 1)));
    const highest: tf.Tensor1D = tf.max(logits, 1);
    const below: tf.Tensor1D = tf.sub(highest, tf.sum(tf.mul(chosen, logits), 1));
    const { zLoss, labelSmoothing } = objective;
    if (zLoss === 0 && labelSmoothing === 0) {
      return [tf.add(below, excess), tf.mul(tf.sub(probabilities, chosen), scale)];
    }
    const belowAll = tf.mean(tf.sub(tf.expandDims(highest, 1), logits), 1);
    const entropy = tf.add(tf.add(tf.mul(below, 1 - labelSmoothing), tf.mul(belowAll, labelSmoothing)), excess);
    const logSum = tf.add(highest, excess);
    const factor = tf.expandDims(tf.add(1, tf.mul(logSum, 2 * zLoss)), 1);
    const wanted = tf.add(tf.mul(chosen, 1 - labelSmoothing), labelSmoothing / widthOf(logits.shape));
    return [
      tf.add(entropy, tf.mul(tf.square(logSum), zLoss)),
      tf.mul(tf.sub(tf.mul(probabilities, factor), wanted), scale),
    ];
  },
  program: (site) => crossEntropyProgram(site, scale, objective),
  variants: ({ inputs, traits }) => crossEntropyVariants(widthOf(inputs[0].shape), traits),
  inPlace: [[1, 0]],
});
