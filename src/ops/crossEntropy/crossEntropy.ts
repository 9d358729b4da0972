// Softmax cross-entropy of next-token prediction, from logits, with its gradient made in the forward pass.
import { differentiable } from '../../engine/differentiable.ts';
import * as tf from '../../engine/tf.ts';

/**
 * Mean negative log-likelihood in nats.
 * @param logits [N, V], V at least 2 @param targets [N] int32, each in 0 … V − 1
 * @returns a scalar
 */
export function crossEntropy(logits: tf.Tensor2D, targets: tf.Tensor1D): tf.Scalar {
  const [rows, vocabSize] = logits.shape;
  return differentiable(
    [logits],
    (logits) => {
      const probabilities = tf.softmax(logits) as tf.Tensor2D;
      const chosen = tf.cast(tf.oneHot(targets, vocabSize), 'float32') as tf.Tensor2D;
      // The most probable token's own −ln p is the distance of the log-sum-exp from the largest logit: finite for
      // logits of any size, and without an exponential of the whole matrix.
      const excess = tf.neg(tf.log(tf.max(probabilities, 1)));
      const below = tf.sub(tf.max(logits, 1), tf.sum(tf.mul(chosen, logits), 1));
      return {
        value: tf.mean(tf.add(below, excess)) as tf.Scalar,
        saved: [tf.mul(tf.sub(probabilities, chosen), 1 / rows)],
      };
    },
    (dy, [slope]) => [tf.mul(slope, dy)],
  );
}
