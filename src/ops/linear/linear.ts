// The linear map of a transformer's projections, with or without a bias, and its tied counterpart that reads the embedding as output layer.
import { differentiable } from '../../engine/differentiable.ts';
import { runKernel, type Kernel } from '../../engine/kernel.ts';
import * as tf from '../../engine/tf.ts';
import { matMulNN, matMulNT, matMulTN, weightGradient, type MatMulOptions } from '../matMul/matMul.ts';

/** x [N, M] plus a bias [M] on every row. */
export function biasAddKernel({ half = false }: MatMulOptions = {}): Kernel<[tf.Tensor2D, tf.Tensor1D], [tf.Tensor2D]> {
  return {
    name: 'biasAdd',
    halfOutputs: half ? [0] : [],
    outputs: ({ shape, dtype }) => [{ shape, dtype }],
    reference: (x, bias) => [tf.add(x, bias)],
    elementwise: {
      reads: ['matrix', 'row'],
      carriers: [0],
      expression: ([x = '', bias = '']) => `${x} + ${bias}`,
    },
  };
}

/**
 * x · weight + bias, with gradients for all that are given.
 * @param x [N, K] @param weight [K, M] @param bias [M]; without it nothing is added @returns [N, M]
 */
export function linear(
  x: tf.Tensor2D,
  weight: tf.Tensor2D,
  bias?: tf.Tensor1D,
  options: MatMulOptions = {},
): tf.Tensor2D {
  if (bias === undefined) {
    return differentiable(
      [x, weight],
      (x, weight) => ({ value: matMulNN(x, weight, options), saved: [x, weight] }),
      (dy, [x, weight]) => [matMulNT(dy, weight), matMulTN(x, dy)],
    );
  }
  return differentiable(
    [x, weight, bias],
    (x, weight, bias) => ({
      value: runKernel(biasAddKernel(options), matMulNN(x, weight, options), bias)[0],
      saved: [x, weight],
    }),
    (dy, [x, weight]) => [matMulNT(dy, weight), ...weightGradient(x, dy)],
  );
}

/**
 * Logits from the residual stream by the token embedding's transpose (GPT-2's and GPT-3's tied output layer).
 * @param x [N, C] @param embedding [V, C] @returns [N, V]
 */
export function tiedLogits(x: tf.Tensor2D, embedding: tf.Tensor2D): tf.Tensor2D {
  return differentiable(
    [x, embedding],
    (x, embedding) => ({
      value: matMulNT(x, embedding),
      saved: [x, embedding],
    }),
    (dy, [x, embedding]) => [matMulNN(dy, embedding), matMulTN(dy, x)],
  );
}
