// Brings a matrix near the closest one with orthonormal rows or columns, by products alone: five Newton–Schulz iterations
// with the coefficients of Muon (Jordan et al. 2024), which end with singular values around 1, between 0.7 and 1.2.
import { runKernel, type Kernel } from '../../engine/kernel.ts';
import * as tf from '../../engine/tf.ts';
import { matMulNN, matMulNT, matMulTN } from '../matMul/matMul.ts';
import { globalNormKernel } from '../optimizer/globalNorm.ts';

const ITERATIONS = 5;
/** A singular value s becomes a·s + b·s³ + c·s⁵. */
const [A, B, C] = [3.4445, -4.775, 2.0315] as const;
/** Keeps a matrix of zeros one. */
const LEAST_NORM = 1e-7;

/** x [R, C] over its norm, a scalar. */
const normalisedKernel: Kernel<[tf.Tensor2D, tf.Scalar], [tf.Tensor2D]> = {
  name: 'normalised',
  outputs: (x) => [x],
  reference: (x, norm) => [tf.div(x, tf.add(norm, LEAST_NORM))],
  elementwise: {
    // One number for all, as its bits.
    reads: ['matrix', 'key'],
    carriers: [0],
    expression: ([x = '', norm = '']) => `${x} / (bitcast<f32>(${norm}) + ${LEAST_NORM}f)`,
  },
};

/** α · x + β · y, both [R, C]; runs at the end of the product that makes x. */
const combinedKernel = (alpha: number, beta: number): Kernel<[tf.Tensor2D, tf.Tensor2D], [tf.Tensor2D]> => ({
  name: 'combined',
  outputs: (x) => [x],
  reference: (x, y) => [tf.add(tf.mul(x, alpha), tf.mul(y, beta))],
  elementwise: {
    reads: ['matrix', 'matrix'],
    carriers: [0],
    expression: ([x = '', y = '']) => `${x} * ${alpha}f + ${y} * ${beta}f`,
  },
});

/**
 * The same singular vectors as x [R, C], with singular values near 1 where they were not near 0; zeros for zeros.
 * What is multiplied by itself is the smaller side, so that nothing has to be transposed. Caller disposes.
 */
export function orthogonalised(x: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const isWide = x.shape[0] <= x.shape[1];
    const [norm] = runKernel(globalNormKernel, tf.reshape(x, [x.size]));
    let [y] = runKernel(normalisedKernel, x, norm);
    for (let i = 0; i < ITERATIONS; i++) {
      const gram = isWide ? matMulNT(y, y) : matMulTN(y, y);
      const [polynomial] = runKernel(combinedKernel(C, B), matMulNN(gram, gram), gram);
      const product = isWide ? matMulNN(polynomial, y) : matMulNN(y, polynomial);
      [y] = runKernel(combinedKernel(1, A), product, y);
    }
    return y;
  });
}
