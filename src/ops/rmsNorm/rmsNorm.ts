// Root mean square normalisation over the last axis (Zhang & Sennrich 2019): layer normalisation without the mean and
// without a bias. The gradient keeps the input and one number per row.
import { differentiable } from '../../engine/differentiable.ts';
import { heightOf, runKernel, widthOf, type Kernel } from '../../engine/kernel.ts';
import * as tf from '../../engine/tf.ts';
import { columnSums } from '../matMul/matMul.ts';
import { normGradientProgram, type NormGradientInputs } from '../rows/normGradient.wgsl.ts';
import { normGradientVariants, normVariants } from '../rows/normVariants.ts';
import { rmsNormProgram, type RmsNormInputs } from './rmsNorm.wgsl.ts';

/** Keeps rows of zeros finite; as in layer normalisation. */
export const EPSILON = 1e-5;

/** From x [N, C] and gain [C] to the result [N, C] and the inverse root of each row's mean square [N, 1]. */
export const rmsNormKernel: Kernel<RmsNormInputs, [tf.Tensor2D, tf.Tensor2D]> = {
  name: 'rmsNorm',
  outputs: (x) => [x, { shape: [heightOf(x.shape), 1], dtype: 'float32' }],
  reference: (x, gain) => {
    const inverseRoot = tf.rsqrt(tf.add(tf.mean(tf.square(x), 1, true), EPSILON)) as tf.Tensor2D;
    return [tf.mul(tf.mul(x, inverseRoot), gain), inverseRoot];
  },
  program: (site) => rmsNormProgram(site, EPSILON),
  variants: ({ inputs, traits }) => normVariants(widthOf(inputs[0].shape), traits),
  halfOutputs: [0],
};

/** From dy [N, C], x, inverse roots [N, 1] and gain to dx [N, C] and the gain's gradient [C]. */
export const rmsNormGradientKernel: Kernel<NormGradientInputs, [tf.Tensor2D, tf.Tensor1D]> = {
  name: 'rmsNormGradient',
  outputs: (dy, _x, _inverseRoot, gain) => [dy, gain],
  reference: (dy, x, inverseRoot, gain) => {
    const normalised = tf.mul(x, inverseRoot) as tf.Tensor2D;
    const inner = tf.mul(dy, gain);
    const along = tf.mul(normalised, tf.mean(tf.mul(inner, normalised), 1, true));
    return [tf.mul(tf.sub(inner, along), inverseRoot), columnSums(tf.mul(dy, normalised))];
  },
  program: (site) => normGradientProgram(site, { label: 'rmsNormGradient', isCentred: false }),
  variants: ({ inputs, traits }) => normGradientVariants(widthOf(inputs[0].shape), traits),
  fusable: true,
};

/** @param x [N, C] @param gain [C] @returns [N, C] */
export function rmsNorm(x: tf.Tensor2D, gain: tf.Tensor1D): tf.Tensor2D {
  return differentiable(
    [x, gain],
    (x, gain) => {
      const [value, inverseRoot] = runKernel(rmsNormKernel, x, gain);
      return { value, saved: [x, inverseRoot, gain] };
    },
    (dy, [x, inverseRoot, gain]) => runKernel(rmsNormGradientKernel, dy, x, inverseRoot, gain),
  );
}
