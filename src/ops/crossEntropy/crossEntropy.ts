// Softmax cross-entropy of next-token prediction, from logits, with its gradient made in the forward pass.
import { differentiable } from '../../engine/differentiable.ts';
import * as tf from '../../engine/tf.ts';

/**
 * Mean negative log-likelihood in nats.
 * @param logits [N, V] @param targets [N] int32, each in 0 … V − 1
 * @returns a scalar
 */
export function crossEntropy(logits: tf.Tensor2D, targets: tf.Tensor1D): tf.Scalar {
  const [rows, vocabSize] = logits.shape;
  return differentiable(
    [logits],
    (logits) => {
      const shifted = tf.sub(logits, tf.max(logits, 1, true));
      const exponentials = tf.exp(shifted);
      const sums = tf.sum(exponentials, 1, true);
      const chosen = tf.cast(tf.oneHot(targets, vocabSize), 'float32');
      const likelihood = tf.sub(tf.sum(tf.mul(chosen, shifted), 1, true), tf.log(sums));
      return {
        value: tf.neg(tf.mean(likelihood)) as tf.Scalar,
        saved: [tf.mul(tf.sub(tf.div(exponentials, sums), chosen), 1 / rows)],
      };
    },
    (dy, [slope]) => [tf.mul(slope, dy)],
  );
}
