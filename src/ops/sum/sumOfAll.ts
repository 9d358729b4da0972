// The sum of a long vector by TensorFlow.js operations: in stages, so that no addend is lost beside a sum a million times as
// large. Backends add one number after the other in single precision; 6.9 million squares then come out 1% too small.
import * as tf from '../../engine/tf.ts';

/** Numbers that are added one after the other. */
const AT_ONCE = 256;

/** From x [N] to a scalar. Caller disposes. */
export function sumOfAll(x: tf.Tensor1D): tf.Scalar {
  return tf.tidy(() => {
    let rest = x;
    while (rest.size > AT_ONCE) {
      const rows = Math.ceil(rest.size / AT_ONCE);
      const missing = rows * AT_ONCE - rest.size;
      const whole = missing === 0 ? rest : tf.pad1d(rest, [0, missing]);
      rest = tf.sum(tf.reshape(whole, [rows, AT_ONCE]), 1);
    }
    return tf.sum(rest);
  });
}
