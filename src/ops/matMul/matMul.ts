// Matrix products of two plain matrices in the three layouts a transformer needs. No gradient of their own:
// the ops that use them bring theirs.
//
// The WASM backend multiplies plain 2-D layouts ten times faster than transposed ones (XNNPACK against a scalar
// loop), so there a transpose is made first; the GPU backends read transposed operands in place.
import * as tf from '../../engine/tf.ts';

const transposesFirst = (): boolean => tf.getBackend() === 'wasm';

/** a [M, K] · b [K, N] → [M, N]. */
export function matMulNN(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  return tf.matMul(a, b);
}

/** a [M, K] · bᵀ with b [N, K] → [M, N]. */
export function matMulNT(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  return transposesFirst() ? tf.matMul(a, tf.transpose(b)) : tf.matMul(a, b, false, true);
}

/** aᵀ · b with a [K, M], b [K, N] → [M, N]. */
export function matMulTN(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  return transposesFirst() ? tf.matMul(tf.transpose(a), b) : tf.matMul(a, b, true, false);
}

/** Column sums of x [N, M] → [M]: the gradient of a bias, as a product with a row of ones where that is faster. */
export function columnSums(x: tf.Tensor2D): tf.Tensor1D {
  if (!transposesFirst()) return tf.sum(x, 0);
  return tf.reshape(tf.matMul(tf.ones([1, x.shape[0]]), x), [x.shape[1]]);
}
