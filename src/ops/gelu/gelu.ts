// GELU in the tanh form of GPT-2 and GPT-3 (Hendrycks & Gimpel 2016), element by element.
// ½·x·(1 + tanh u) is written as x·sigmoid(2u), the same function; sigmoid is ten times faster than tanh on WASM.
import { differentiable } from '../../engine/differentiable.ts';
import { runKernel, type Kernel } from '../../engine/kernel.ts';
import * as tf from '../../engine/tf.ts';
import { CUBIC, SLOPE } from './gelu.constants.ts';
import { GELU_FUNCTIONS, GELU_SLOPE_FUNCTIONS } from './gelu.wgsl.ts';

const gateOf = (x: tf.Tensor2D): tf.Tensor2D =>
  tf.sigmoid(tf.mul(x, tf.add(tf.mul(tf.square(x), SLOPE * CUBIC), SLOPE)));

export const geluKernel: Kernel<[tf.Tensor2D], [tf.Tensor2D]> = {
  name: 'gelu',
  outputs: (x) => [x],
  reference: (x) => [tf.mul(x, gateOf(x))],
  elementwise: {
    reads: ['matrix'],
    carriers: [0],
    functions: GELU_FUNCTIONS,
    expression: ([x = '']) => `gelu(${x})`,
  },
  halfOutputs: [0],
};

/** From dy and x to dx. */
export const geluGradientKernel: Kernel<[tf.Tensor2D, tf.Tensor2D], [tf.Tensor2D]> = {
  name: 'geluGradient',
  outputs: (dy) => [dy],
  reference: (dy, x) => {
    const gate = gateOf(x);
    const slope = tf.add(tf.mul(tf.square(x), 3 * SLOPE * CUBIC), SLOPE);
    const bend = tf.mul(tf.mul(x, slope), tf.sub(gate, tf.square(gate)));
    return [tf.mul(dy, tf.add(gate, bend))];
  },
  elementwise: {
    reads: ['matrix', 'matrix'],
    carriers: [0],
    functions: GELU_SLOPE_FUNCTIONS,
    expression: ([dy = '', x = '']) => `${dy} * gelu_slope(${x})`,
  },
};

/** @param x [N, C] @returns [N, C] */
export function gelu(x: tf.Tensor2D): tf.Tensor2D {
  return differentiable(
    [x],
    (x) => ({ value: runKernel(geluKernel, x)[0], saved: [x] }),
    (dy, [x]) => runKernel(geluGradientKernel, dy, x),
  );
}
