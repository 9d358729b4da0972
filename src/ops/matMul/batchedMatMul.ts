// Products of many small matrices at once, as attention's reference needs them: one for each head of each sequence.
//
// The WASM backend multiplies plain 2-D layouts many times faster than batches (XNNPACK against a scalar loop), and its
// slices copy the whole tensor each. So there the matrices are cut on this side and multiplied one by one.
import * as tf from '../../engine/tf.ts';

/** Multiply-adds of one product below which the scalar loop is done before a call of its own would have begun. */
const WORTH_A_CALL = 16_384;

/**
 * a [B, G, M, K] · b [B, G, K, N] → [B, G, M, N].
 * @param transposeA a is stored [B, G, K, M] @param transposeB b is stored [B, G, N, K]
 */
export function batchedMatMul(a: tf.Tensor4D, b: tf.Tensor4D, transposeA = false, transposeB = false): tf.Tensor4D {
  const [batch, groups, rows, columns] = a.shape;
  const [m, k] = transposeA ? [columns, rows] : [rows, columns];
  const n = transposeB ? b.shape[2] : b.shape[3];
  if (tf.getBackend() !== 'wasm' || m * n * k < WORTH_A_CALL) return tf.matMul(a, b, transposeA, transposeB);
  const right = matricesOf(transposeB ? tf.transpose(b, [0, 1, 3, 2]) : b);
  const products = matricesOf(transposeA ? tf.transpose(a, [0, 1, 3, 2]) : a).map((left, i) => {
    const other = right[i];
    if (other === undefined) throw new RangeError(`No product of [${a.shape.join(', ')}] and [${b.shape.join(', ')}].`);
    return tf.matMul(left, other);
  });
  return tf.reshape(tf.concat(products, 0), [batch, groups, m, n]);
}

/** The matrices of a batch [B, G, M, N], each [M, N]. */
function matricesOf(x: tf.Tensor4D): tf.Tensor2D[] {
  const [batch, groups, rows, columns] = x.shape;
  const size = rows * columns;
  const values = x.dataSync<'float32'>();
  return Array.from({ length: batch * groups }, (_, i) =>
    tf.tensor2d(values.subarray(i * size, (i + 1) * size), [rows, columns]),
  );
}
