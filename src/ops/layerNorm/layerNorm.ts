// Layer normalisation over the last axis (Ba et al. 2016), with gain and, unless the model does without, bias. The gradient
// keeps the input and two numbers per row; normalised values are made again from them.
import { differentiable } from '../../engine/differentiable.ts';
import { heightOf, runKernel, widthOf, type Kernel, type TensorSpec } from '../../engine/kernel.ts';
import * as tf from '../../engine/tf.ts';
import { columnSums } from '../matMul/matMul.ts';
import { normGradientProgram, type NormGradientInputs } from '../rows/normGradient.wgsl.ts';
import { normGradientVariants, normVariants } from '../rows/normVariants.ts';
import { layerNormProgram, type LayerNormInputs, type UnbiasedInputs } from './layerNorm.wgsl.ts';

/** As in GPT-2. */
export const EPSILON = 1e-5;

const outputsOf = (x: TensorSpec): [TensorSpec, TensorSpec] => [x, { shape: [heightOf(x.shape), 2], dtype: 'float32' }];

function normalised(x: tf.Tensor2D): { value: tf.Tensor2D; statistics: tf.Tensor2D } {
  const mean = tf.mean(x, 1, true);
  const centred = tf.sub(x, mean);
  const variance = tf.mean(tf.square(centred), 1, true);
  const inverseDeviation = tf.rsqrt(tf.add(variance, EPSILON));
  return {
    value: tf.mul(centred, inverseDeviation),
    statistics: tf.concat([mean, inverseDeviation], 1) as tf.Tensor2D,
  };
}

/** From x [N, C], gain [C] and bias [C] to the result [N, C] and each row's mean and inverse deviation [N, 2]. */
export const layerNormKernel: Kernel<LayerNormInputs, [tf.Tensor2D, tf.Tensor2D]> = {
  name: 'layerNorm',
  outputs: outputsOf,
  reference: (x, gain, bias) => {
    const { value, statistics } = normalised(x);
    return [tf.add(tf.mul(value, gain), bias), statistics];
  },
  program: (site) => layerNormProgram(site, EPSILON),
  variants: ({ inputs, traits }) => normVariants(widthOf(inputs[0].shape), traits),
  halfOutputs: [0],
};

/** The same without a bias. */
export const unbiasedLayerNormKernel: Kernel<UnbiasedInputs, [tf.Tensor2D, tf.Tensor2D]> = {
  name: 'layerNorm',
  detail: 'no bias',
  outputs: outputsOf,
  reference: (x, gain) => {
    const { value, statistics } = normalised(x);
    return [tf.mul(value, gain), statistics];
  },
  program: (site) => layerNormProgram(site, EPSILON),
  variants: ({ inputs, traits }) => normVariants(widthOf(inputs[0].shape), traits),
  halfOutputs: [0],
};

function gradientOf(...[dy, x, statistics, gain]: NormGradientInputs): { dx: tf.Tensor2D; gainTerms: tf.Tensor2D } {
  const mean = tf.slice(statistics, [0, 0], [-1, 1]);
  const inverseDeviation = tf.slice(statistics, [0, 1], [-1, 1]);
  const normalised = tf.mul(tf.sub(x, mean), inverseDeviation) as tf.Tensor2D;
  const inner = tf.mul(dy, gain);
  const along = tf.mul(normalised, tf.mean(tf.mul(inner, normalised), 1, true));
  const dx = tf.mul(tf.sub(tf.sub(inner, tf.mean(inner, 1, true)), along), inverseDeviation) as tf.Tensor2D;
  return { dx, gainTerms: tf.mul(dy, normalised) };
}

const GRADIENT_FORM = { label: 'layerNormGradient', isCentred: true };

/** From dy [N, C], x, statistics [N, 2] and gain to dx [N, C] and the gradients of gain and bias, both [C]. */
export const layerNormGradientKernel: Kernel<NormGradientInputs, [tf.Tensor2D, tf.Tensor1D, tf.Tensor1D]> = {
  name: 'layerNormGradient',
  outputs: (dy, _x, _statistics, gain) => [dy, gain, gain],
  reference: (dy, ...rest) => {
    const { dx, gainTerms } = gradientOf(dy, ...rest);
    return [dx, columnSums(gainTerms), columnSums(dy)];
  },
  program: (site) => normGradientProgram(site, GRADIENT_FORM),
  variants: ({ inputs, traits }) => normGradientVariants(widthOf(inputs[0].shape), traits),
  fusable: true,
};

/** The same without a bias: to dx and the gain's gradient. */
export const unbiasedGradientKernel: Kernel<NormGradientInputs, [tf.Tensor2D, tf.Tensor1D]> = {
  name: 'layerNormGradient',
  detail: 'no bias',
  outputs: (dy, _x, _statistics, gain) => [dy, gain],
  reference: (...given) => {
    const { dx, gainTerms } = gradientOf(...given);
    return [dx, columnSums(gainTerms)];
  },
  program: (site) => normGradientProgram(site, GRADIENT_FORM),
  variants: ({ inputs, traits }) => normGradientVariants(widthOf(inputs[0].shape), traits),
  fusable: true,
};

/** @param x [N, C] @param gain [C] @param bias [C]; without it nothing is added @returns [N, C] */
export function layerNorm(x: tf.Tensor2D, gain: tf.Tensor1D, bias?: tf.Tensor1D): tf.Tensor2D {
  if (bias === undefined) {
    return differentiable(
      [x, gain],
      (x, gain) => {
        const [value, statistics] = runKernel(unbiasedLayerNormKernel, x, gain);
        return { value, saved: [x, statistics, gain] };
      },
      (dy, [x, statistics, gain]) => runKernel(unbiasedGradientKernel, dy, x, statistics, gain),
    );
  }
  return differentiable(
    [x, gain, bias],
    (x, gain, bias) => {
      const [value, statistics] = runKernel(layerNormKernel, x, gain, bias);
      return { value, saved: [x, statistics, gain] };
    },
    (dy, [x, statistics, gain]) => runKernel(layerNormGradientKernel, dy, x, statistics, gain),
  );
}
