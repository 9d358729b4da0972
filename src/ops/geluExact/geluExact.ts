// GELU as it is defined, x·Φ(x) with the normal distribution's Φ (Hendrycks & Gimpel 2016), element by element. Written as
// max(0, x) − |x|·(1 − Φ(|x|)), the same function, whose second term is small wherever x is large.
import { differentiable } from '../../engine/differentiable.ts';
import { runKernel, type Kernel } from '../../engine/kernel.ts';
import * as tf from '../../engine/tf.ts';
import { GELU_EXACT_FUNCTIONS, GELU_EXACT_SLOPE_FUNCTIONS } from './geluExact.wgsl.ts';
import { DENSITY_AT_ZERO, normalTail } from './normalTail.ts';

const fallOf = (x: tf.Tensor2D): tf.Tensor2D => tf.exp(tf.mul(tf.square(x), -0.5));

export const geluExactKernel: Kernel<[tf.Tensor2D], [tf.Tensor2D]> = {
  name: 'geluExact',
  outputs: (x) => [x],
  reference: (x) => {
    const z = tf.abs(x);
    return [tf.sub(tf.relu(x), tf.mul(z, normalTail(z, fallOf(x))))];
  },
  elementwise: {
    reads: ['matrix'],
    carriers: [0],
    functions: GELU_EXACT_FUNCTIONS,
    expression: ([x = '']) => `gelu_exact(${x})`,
  },
  halfOutputs: [0],
};

/** From dy and x to dx: dy times Φ(x) + x·φ(x). */
export const geluExactGradientKernel: Kernel<[tf.Tensor2D, tf.Tensor2D], [tf.Tensor2D]> = {
  name: 'geluExactGradient',
  outputs: (dy) => [dy],
  reference: (dy, x) => {
    const fall = fallOf(x);
    const tail = normalTail(tf.abs(x), fall);
    const below = tf.where(tf.less(x, 0), tail, tf.sub(1, tail));
    return [tf.mul(dy, tf.add(below, tf.mul(tf.mul(x, fall), DENSITY_AT_ZERO)))];
  },
  elementwise: {
    reads: ['matrix', 'matrix'],
    carriers: [0],
    functions: GELU_EXACT_SLOPE_FUNCTIONS,
    expression: ([dy = '', x = '']) => `${dy} * gelu_exact_slope(${x})`,
  },
};

/** @param x [N, C] @returns [N, C] */
export function geluExact(x: tf.Tensor2D): tf.Tensor2D {
  return differentiable(
    [x],
    (x) => ({ value: runKernel(geluExactKernel, x)[0], saved: [x] }),
    (dy, [x]) => runKernel(geluExactGradientKernel, dy, x),
  );
}
