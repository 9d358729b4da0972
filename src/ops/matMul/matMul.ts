// Matrix products of two plain matrices in the three layouts a transformer needs. No gradient of their own:
// the ops that use them bring theirs. Their WGSL is made by `matMul.wgsl.ts`.
//
// The WASM backend multiplies plain 2-D layouts ten times faster than transposed ones (XNNPACK against a scalar
// loop), so there a transpose is made first; the GPU backends read transposed operands in place.
import { runKernel, type Kernel, type TensorSpec } from '../../engine/kernel.ts';
import * as tf from '../../engine/tf.ts';
import { productProgram } from './matMul.wgsl.ts';
import { productOf, sizesOf, type Layout } from './product.ts';
import { variantsFor } from './variants.ts';

export interface MatMulOptions {
  /** The product is an activation that a plan may store in half precision. */
  readonly half?: boolean;
}

export type MatMulKernel = Kernel<[tf.Tensor2D, tf.Tensor2D], [tf.Tensor2D]>;

const transposesFirst = (): boolean => tf.getBackend() === 'wasm';

const REFERENCES: Readonly<Record<Layout, (a: tf.Tensor2D, b: tf.Tensor2D) => tf.Tensor2D>> = {
  NN: (a, b) => tf.matMul(a, b),
  NT: (a, b) => (transposesFirst() ? tf.matMul(a, tf.transpose(b)) : tf.matMul(a, b, false, true)),
  TN: (a, b) => (transposesFirst() ? tf.matMul(tf.transpose(a), b) : tf.matMul(a, b, true, false)),
};

const flopsOf = (layout: Layout, a: TensorSpec, b: TensorSpec): number => {
  const { m, n, k } = sizesOf(layout, a, b);
  return 2 * m * n * k;
};

export function matMulKernel(layout: Layout, { half = false }: MatMulOptions = {}): MatMulKernel {
  return {
    name: 'matMul',
    detail: layout,
    fusable: true,
    halfOutputs: half ? [0] : [],
    outputs: (a, b) => {
      const { m, n } = sizesOf(layout, a, b);
      return [{ shape: [m, n], dtype: 'float32' }];
    },
    reference: (a, b) => [REFERENCES[layout](a, b)],
    program: ({ inputs: [a, b], finish, traits, variant }) =>
      productProgram(
        productOf(layout, a, b, { label: `matMul ${layout}`, columnSums: undefined, finish, traits }),
        variant,
      ),
    variants: ({ inputs: [a, b], finish, traits }) =>
      variantsFor(productOf(layout, a, b, { label: '', columnSums: undefined, finish, traits })),
    flops: (a, b) => flopsOf(layout, a, b),
  };
}

/** Gradients of a weight and a bias: xᵀ · dy, and the column sums of dy by the way. */
export const weightGradientKernel: Kernel<[tf.Tensor2D, tf.Tensor2D], [tf.Tensor2D, tf.Tensor1D]> = {
  name: 'weightGradient',
  fusable: true,
  outputs: (x, dy) => {
    const { m, n } = sizesOf('TN', x, dy);
    return [
      { shape: [m, n], dtype: 'float32' },
      { shape: [n], dtype: 'float32' },
    ];
  },
  reference: (x, dy) => [REFERENCES.TN(x, dy), columnSums(dy)],
  program: ({ inputs: [x, dy], outputs: [, sums], finish, traits, variant }) =>
    productProgram(productOf('TN', x, dy, { label: 'weightGradient', columnSums: sums, finish, traits }), variant),
  variants: ({ inputs: [x, dy], outputs: [, sums], finish, traits }) =>
    variantsFor(productOf('TN', x, dy, { label: '', columnSums: sums, finish, traits })),
  flops: (x, dy) => flopsOf('TN', x, dy),
};

const KERNELS = { NT: matMulKernel('NT'), TN: matMulKernel('TN') };

/** a [M, K] · b [K, N] → [M, N]. */
export function matMulNN(a: tf.Tensor2D, b: tf.Tensor2D, options?: MatMulOptions): tf.Tensor2D {
  return runKernel(matMulKernel('NN', options), a, b)[0];
}

/** a [M, K] · bᵀ with b [N, K] → [M, N]. */
export function matMulNT(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  return runKernel(KERNELS.NT, a, b)[0];
}

/** aᵀ · b with a [K, M], b [K, N] → [M, N]. */
export function matMulTN(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  return runKernel(KERNELS.TN, a, b)[0];
}

/** xᵀ · dy [K, N] and the column sums of dy [N], for x [R, K] and dy [R, N]. */
export function weightGradient(x: tf.Tensor2D, dy: tf.Tensor2D): [tf.Tensor2D, tf.Tensor1D] {
  return runKernel(weightGradientKernel, x, dy);
}

/** Column sums of x [N, M] → [M]: the gradient of a bias, as a product with a row of ones where that is faster. */
export function columnSums(x: tf.Tensor2D): tf.Tensor1D {
  if (!transposesFirst()) return tf.sum(x, 0);
  return tf.reshape(tf.matMul(tf.ones([1, x.shape[0]]), x), [x.shape[1]]);
}
