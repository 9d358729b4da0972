// The rectifier max(0, x) (Nair & Hinton 2010), element by element.
import { differentiable } from '../../engine/differentiable.ts';
import { runKernel, type Kernel } from '../../engine/kernel.ts';
import * as tf from '../../engine/tf.ts';

export const reluKernel: Kernel<[tf.Tensor2D], [tf.Tensor2D]> = {
  name: 'relu',
  outputs: (x) => [x],
  reference: (x) => [tf.relu(x)],
  elementwise: {
    reads: ['matrix'],
    carriers: [0],
    functions: {
      // Unlike max, it does not hide a NaN.
      relu: 'fn relu(x: vec4f) -> vec4f { return select(x, vec4f(), x < vec4f()); }',
    },
    expression: ([x = '']) => `relu(${x})`,
  },
  halfOutputs: [0],
};

/** From dy and x to dx; the slope at 0 is 0. */
export const reluGradientKernel: Kernel<[tf.Tensor2D, tf.Tensor2D], [tf.Tensor2D]> = {
  name: 'reluGradient',
  outputs: (dy) => [dy],
  reference: (dy, x) => [tf.mul(dy, tf.cast(tf.greater(x, 0), 'float32'))],
  elementwise: {
    reads: ['matrix', 'matrix'],
    carriers: [0],
    expression: ([dy = '', x = '']) => `select(vec4f(), ${dy}, ${x} > vec4f())`,
  },
};

/** @param x [N, C] @returns [N, C] */
export function relu(x: tf.Tensor2D): tf.Tensor2D {
  return differentiable(
    [x],
    (x) => ({ value: runKernel(reluKernel, x)[0], saved: [x] }),
    (dy, [x]) => runKernel(reluGradientKernel, dy, x),
  );
}
