// Dropout's mask from a counter: entry i depends on (key, i) alone, so that a step can be repeated exactly from its
// number and nothing needs to be stored (Srivastava et al. 2014, inverted form).
import * as tf from '../../engine/tf.ts';
import { mix32 } from '../../random/random.ts';

/**
 * Zeros with probability `rate`, else 1 / (1 − rate). Caller disposes.
 * @param rate in [0, 1) @param key any 32-bit integer; equal keys give equal masks.
 */
export function dropoutMask(shape: number[], rate: number, key: number): tf.Tensor {
  const size = tf.util.sizeFromShape(shape);
  const mask = new Float32Array(size);
  const keep = 1 / (1 - rate);
  const threshold = rate * 4294967296;
  const start = mix32(key);
  for (let i = 0; i < size; i++) mask[i] = mix32(start + Math.imul(i, 0x9e3779b9)) < threshold ? 0 : keep;
  return tf.tensor(mask, shape);
}

/** x with entries dropped by the mask of `key`; the gradient passes where x does. */
export function dropout(x: tf.Tensor2D, rate: number, key: number): tf.Tensor2D {
  return rate === 0 ? x : tf.mul(x, dropoutMask(x.shape, rate, key));
}
