// SwiGLU (Shazeer 2020 §2): of two halves of a row the first, through x·sigmoid(x), says how much of the second passes.
import { differentiable } from '../../engine/differentiable.ts';
import { heightOf, runKernel, widthOf, type Kernel } from '../../engine/kernel.ts';
import * as tf from '../../engine/tf.ts';
import { swigluGradientProgram, swigluProgram } from './swiglu.wgsl.ts';

function halvesOf(x: tf.Tensor2D): { gate: tf.Tensor2D; passing: tf.Tensor2D } {
  const [rows, width] = [x.shape[0], x.shape[1] / 2];
  return { gate: tf.slice(x, [0, 0], [rows, width]), passing: tf.slice(x, [0, width], [rows, width]) };
}

/** From [N, 2F] to [N, F]. */
export const swigluKernel: Kernel<[tf.Tensor2D], [tf.Tensor2D]> = {
  name: 'swiglu',
  outputs: (x) => [{ shape: [heightOf(x.shape), widthOf(x.shape) / 2], dtype: 'float32' }],
  reference: (x) => {
    const { gate, passing } = halvesOf(x);
    return [tf.mul(tf.mul(gate, tf.sigmoid(gate)), passing)];
  },
  program: swigluProgram,
  fusable: true,
  halfOutputs: [0],
};

/** From dy [N, F] and x [N, 2F] to dx [N, 2F]. */
export const swigluGradientKernel: Kernel<[tf.Tensor2D, tf.Tensor2D], [tf.Tensor2D]> = {
  name: 'swigluGradient',
  outputs: (_dy, x) => [x],
  reference: (dy, x) => {
    const { gate, passing } = halvesOf(x);
    const open = tf.sigmoid(gate);
    const bend = tf.mul(gate, tf.mul(open, tf.sub(1, open)));
    const ofGate = tf.mul(tf.mul(dy, passing), tf.add(open, bend));
    return [tf.concat([ofGate, tf.mul(dy, tf.mul(gate, open))], 1) as tf.Tensor2D];
  },
  program: swigluGradientProgram,
};

/**
 * silu(gate) · passing, for x = [gate, passing].
 * @param x [N, 2F] @returns [N, F]
 * @throws RangeError if x has no two halves
 */
export function swiglu(x: tf.Tensor2D): tf.Tensor2D {
  const width = x.shape[1];
  if (width % 2 !== 0) {
    throw new RangeError(`SwiGLU has two halves: ${width} columns are none, ${width + 1} would be.`);
  }
  return differentiable(
    [x],
    (x) => ({ value: runKernel(swigluKernel, x)[0], saved: [x] }),
    (dy, [x]) => runKernel(swigluGradientKernel, dy, x),
  );
}
