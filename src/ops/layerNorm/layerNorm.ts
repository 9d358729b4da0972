// Layer normalisation over the last axis (Ba et al. 2016), with gain and bias. The gradient keeps the input and two
// numbers per row; normalised values are made again from them.
import { differentiable } from '../../engine/differentiable.ts';
import { heightOf, runKernel, widthOf, type Kernel } from '../../engine/kernel.ts';
import * as tf from '../../engine/tf.ts';
import { columnSums } from '../matMul/matMul.ts';
import {
  gradientProgram,
  gradientVariants,
  layerNormProgram,
  layerNormVariants,
  type GradientInputs,
  type LayerNormInputs,
} from './layerNorm.wgsl.ts';

/** As in GPT-2. */
export const EPSILON = 1e-5;

/** From x [N, C], gain [C] and bias [C] to the result [N, C] and each row's mean and inverse deviation [N, 2]. */
export const layerNormKernel: Kernel<LayerNormInputs, [tf.Tensor2D, tf.Tensor2D]> = {
  name: 'layerNorm',
  outputs: (x) => [x, { shape: [heightOf(x.shape), 2], dtype: 'float32' }],
  reference: (x, gain, bias) => {
    const mean = tf.mean(x, 1, true);
    const centred = tf.sub(x, mean);
    const variance = tf.mean(tf.square(centred), 1, true);
    const inverseDeviation = tf.rsqrt(tf.add(variance, EPSILON));
    const normalised = tf.mul(centred, inverseDeviation);
    return [tf.add(tf.mul(normalised, gain), bias), tf.concat([mean, inverseDeviation], 1) as tf.Tensor2D];
  },
  program: (site) => layerNormProgram(site, EPSILON),
  variants: ({ inputs, traits }) => layerNormVariants(widthOf(inputs[0].shape), traits),
  halfOutputs: [0],
};

/** From dy [N, C], x, statistics [N, 2] and gain to dx [N, C] and the gradients of gain and bias, both [C]. */
export const layerNormGradientKernel: Kernel<GradientInputs, [tf.Tensor2D, tf.Tensor1D, tf.Tensor1D]> = {
  name: 'layerNormGradient',
  outputs: (dy, _x, _statistics, gain) => [dy, gain, gain],
  reference: (dy, x, statistics, gain) => {
    const mean = tf.slice(statistics, [0, 0], [-1, 1]);
    const inverseDeviation = tf.slice(statistics, [0, 1], [-1, 1]);
    const normalised = tf.mul(tf.sub(x, mean), inverseDeviation) as tf.Tensor2D;
    const inner = tf.mul(dy, gain);
    const along = tf.mul(normalised, tf.mean(tf.mul(inner, normalised), 1, true));
    const dx = tf.mul(tf.sub(tf.sub(inner, tf.mean(inner, 1, true)), along), inverseDeviation) as tf.Tensor2D;
    return [dx, columnSums(tf.mul(dy, normalised)), columnSums(dy)];
  },
  program: gradientProgram,
  variants: ({ inputs, traits }) => gradientVariants(widthOf(inputs[0].shape), traits),
  fusable: true,
};

/** @param x [N, C] @param gain [C] @param bias [C] @returns [N, C] */
export function layerNorm(x: tf.Tensor2D, gain: tf.Tensor1D, bias: tf.Tensor1D): tf.Tensor2D {
  return differentiable(
    [x, gain, bias],
    (x, gain, bias) => {
      const [value, statistics] = runKernel(layerNormKernel, x, gain, bias);
      return { value, saved: [x, statistics, gain] };
    },
    (dy, [x, statistics, gain]) => runKernel(layerNormGradientKernel, dy, x, statistics, gain),
  );
}
