// Layer normalisation over the last axis (Ba et al. 2016), with gain and bias.
import { differentiable } from '../../engine/differentiable.ts';
import * as tf from '../../engine/tf.ts';
import { columnSums } from '../matMul/matMul.ts';

/** As in GPT-2. */
const EPSILON = 1e-5;

/** @param x [N, C] @param gain [C] @param bias [C] @returns [N, C] */
export function layerNorm(x: tf.Tensor2D, gain: tf.Tensor1D, bias: tf.Tensor1D): tf.Tensor2D {
  return differentiable(
    [x, gain, bias],
    (x, gain, bias) => {
      const centred = tf.sub(x, tf.mean(x, 1, true));
      const variance = tf.mean(tf.square(centred), 1, true);
      const inverseDeviation = tf.rsqrt(tf.add(variance, EPSILON));
      const normalised = tf.mul(centred, inverseDeviation) as tf.Tensor2D;
      return {
        value: tf.add(tf.mul(normalised, gain), bias) as tf.Tensor2D,
        saved: [normalised, inverseDeviation, gain],
      };
    },
    (dy, [normalised, inverseDeviation, gain]) => {
      const inner = tf.mul(dy, gain);
      const along = tf.mul(normalised, tf.mean(tf.mul(inner, normalised), 1, true));
      const dx = tf.mul(tf.sub(tf.sub(inner, tf.mean(inner, 1, true)), along), inverseDeviation);
      return [dx, columnSums(tf.mul(dy, normalised)), columnSums(dy)];
    },
  );
}
