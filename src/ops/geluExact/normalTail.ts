// The upper tail of the normal distribution, 1 − Φ(z) for z ≥ 0, by a polynomial: neither WGSL nor every backend of
// TensorFlow.js has an error function. Off by at most 7.5e-8 before rounding (Abramowitz & Stegun 1964, 7.1.26, of which
// this is half at z/√2), and in proportion to the tail, so that it does not end in a difference of two ones.
import * as tf from '../../engine/tf.ts';

/** Of t = 1 / (1 + RATE · z). */
const RATE = 0.3275911 / Math.SQRT2;
/** Of t, t², … t⁵. */
const COEFFICIENTS = [0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429].map((c) => c / 2);

/** The density φ(z) is this times exp(−z²/2). */
export const DENSITY_AT_ZERO = 1 / Math.sqrt(2 * Math.PI);

/** WGSL: the tail at z from z and `fall` = exp(−z²/2). */
export const NORMAL_TAIL = `fn normal_tail(z: vec4f, fall: vec4f) -> vec4f {
  let t = 1.0 / (1.0 + ${RATE}f * z);
  return fall * ${COEFFICIENTS.map((c) => `t * (${c}f`).join(' + ')}${')'.repeat(COEFFICIENTS.length)};
}`;

/** The same in TensorFlow.js operations. */
export function normalTail(z: tf.Tensor2D, fall: tf.Tensor2D): tf.Tensor2D {
  const t = tf.div<tf.Tensor2D>(1, tf.add(tf.mul(z, RATE), 1));
  const sum = COEFFICIENTS.reduceRight<tf.Tensor2D | undefined>(
    (rest, c) => tf.mul(t, rest === undefined ? c : tf.add(rest, c)),
    undefined,
  );
  return sum === undefined ? fall : tf.mul(fall, sum);
}
