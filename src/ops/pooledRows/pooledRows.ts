// One row for each sequence, where a model predicts once: that of its last visible token, or the mean of all visible ones.
import { differentiable } from '../../engine/differentiable.ts';
import { heightOf, runKernel, widthOf, type Kernel } from '../../engine/kernel.ts';
import * as tf from '../../engine/tf.ts';
import { hostInteger } from '../dropout/dropoutMask.ts';
import { pooledRowsGradientProgram, pooledRowsProgram, type Pooling } from './pooledRows.wgsl.ts';

type PoolKernel = Kernel<[tf.Tensor2D, tf.Tensor1D], [tf.Tensor2D]>;

/** From x [B·T, C] and the number of visible tokens [1] to [B, C]. */
export const pooledRowsKernel = (mode: Pooling, length: number): PoolKernel => ({
  name: 'pooledRows',
  detail: mode,
  outputs: (x) => [{ shape: [heightOf(x.shape) / length, widthOf(x.shape)], dtype: 'float32' }],
  reference: (x, visible) => {
    const [rows, width] = x.shape;
    const seen = visibleOf(visible, length);
    const sequences = tf.reshape(x, [rows / length, length, width]);
    const [from, count] = mode === 'last' ? [seen - 1, 1] : [0, seen];
    return [tf.mean(tf.slice(sequences, [0, from, 0], [-1, count, -1]), 1)];
  },
  program: (site) => pooledRowsProgram(site, mode, length),
  fusable: true,
});

/** From dy [B, C] and the number of visible tokens [1] to [B·T, C]. */
export const pooledRowsGradientKernel = (mode: Pooling, length: number): PoolKernel => ({
  name: 'pooledRowsGradient',
  detail: mode,
  outputs: (dy) => [{ shape: [heightOf(dy.shape) * length, widthOf(dy.shape)], dtype: 'float32' }],
  reference: (dy, visible) => {
    const [batch, width] = dy.shape;
    const seen = visibleOf(visible, length);
    const row = tf.reshape(dy, [batch, 1, width]);
    const used = mode === 'last' ? row : tf.tile(tf.div(row, seen), [1, seen, 1]);
    const before = mode === 'last' ? seen - 1 : 0;
    const whole = tf.pad(used, [
      [0, 0],
      [before, length - seen],
      [0, 0],
    ]);
    return [tf.reshape(whole, [batch * length, width])];
  },
  program: (site) => pooledRowsGradientProgram(site, mode, length),
  fusable: true,
});

function visibleOf(visible: tf.Tensor1D, length: number): number {
  const seen = hostInteger(visible);
  if (seen >= 1 && seen <= length) return seen;
  throw new RangeError(
    `Of sequences of ${length} tokens ${seen} cannot be visible: ${Math.min(length, Math.max(1, seen))} can.`,
  );
}

/**
 * For each sequence the row of its last visible token, or the mean of the rows of all visible ones.
 * @param x [B·T, C]
 * @param length T
 * @param visible [1] int32, made on this side: tokens that count, the first ones of each sequence, 1 to T
 * @returns [B, C]
 * @throws RangeError if x is no whole sequences
 */
export function pooledRows(x: tf.Tensor2D, mode: Pooling, length: number, visible: tf.Tensor1D): tf.Tensor2D {
  const rows = heightOf(x.shape);
  if (rows % length !== 0) throw new RangeError(`${rows} rows are not whole sequences of ${length} tokens.`);
  return differentiable(
    [x],
    (x) => ({ value: runKernel(pooledRowsKernel(mode, length), x, visible)[0], saved: [visible] }),
    (dy, [visible]) => runKernel(pooledRowsGradientKernel(mode, length), dy, visible),
  );
}
