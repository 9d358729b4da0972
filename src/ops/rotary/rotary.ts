// Rotary positions (Su et al. 2021): pairs of neighbouring columns of every query and key head turn by angles that grow
// with the token's position, so that their products depend on distances. Runs at the end of the product before it.
import { differentiable } from '../../engine/differentiable.ts';
import { heightOf, runKernel, widthOf, type Kernel } from '../../engine/kernel.ts';
import * as tf from '../../engine/tf.ts';
import { ROTARY_FUNCTIONS, rotaryExpression, type RotaryShape } from './rotary.wgsl.ts';
import { requirePairs } from './rotaryTable.ts';

interface RotaryKernelShape extends RotaryShape {
  /** Turns back: the gradient. */
  readonly isInverse?: boolean;
}

/** From x [N, W] and a table [L, D] of cosines and sines to [N, W]. */
export function rotaryKernel({
  isInverse = false,
  ...shape
}: RotaryKernelShape): Kernel<[tf.Tensor2D, tf.Tensor2D], [tf.Tensor2D]> {
  return {
    name: isInverse ? 'rotaryGradient' : 'rotary',
    detail: `${shape.rotated}/${shape.headSize}`,
    outputs: (x) => [x],
    reference: (x, table) => [turned(x, table, shape, isInverse)],
    elementwise: {
      reads: ['matrix', 'buffer'],
      carriers: [0],
      functions: ROTARY_FUNCTIONS,
      expression: (args, _index, row, col) => rotaryExpression(shape, isInverse, args, row, col),
    },
    // The gradient goes to weights and stays in single precision.
    halfOutputs: isInverse ? [] : [0],
  };
}

function turned(
  x: tf.Tensor2D,
  table: tf.Tensor2D,
  { rotated, headSize, length }: RotaryShape,
  isInverse: boolean,
): tf.Tensor2D {
  const [rows, width] = x.shape;
  const heads = tf.slice(x, [0, 0], [rows, rotated]);
  const pairs = tf.reshape(tf.slice(table, [0, 0], [length, headSize]), [length, headSize / 2, 2]);
  const [cosines, sines] = [0, 1].map((column) => tf.slice(pairs, [0, 0, column], [-1, -1, 1]));
  if (cosines === undefined || sines === undefined) throw new RangeError('A table has cosines and sines.');
  // Of a pair (a, b): itself times (cos, cos), plus (b, a) times (−sin, sin).
  const across = isInverse ? [sines, tf.neg(sines)] : [tf.neg(sines), sines];
  const perColumn = (parts: tf.Tensor[]): tf.Tensor => tf.reshape(tf.concat(parts, 2), [length, 1, headSize]);
  const perHead = (columns: tf.Tensor): tf.Tensor =>
    tf.reshape(columns, [rows / length, length, rotated / headSize, headSize]);
  const swapped = tf.reverse(tf.reshape(heads, [(rows * rotated) / 2, 2]), 1);
  const sum = tf.add(
    tf.mul(perHead(heads), perColumn([cosines, cosines])),
    tf.mul(perHead(swapped), perColumn(across)),
  );
  const result = tf.reshape(sum, [rows, rotated]) as tf.Tensor2D;
  return rotated === width ? result : tf.concat([result, tf.slice(x, [0, rotated], [rows, width - rotated])], 1);
}

/**
 * Turns the pairs (2i, 2i + 1) of every head in the first `rotated` columns by the angles of the token's row of the table;
 * the other columns stay. Row r of x is token r mod `length` of its sequence.
 * @param x [N, W]
 * @param table [L, D] from `rotaryTable`, its first row for the first tokens; gets no gradient
 * @param rotated columns of all query and key heads, a multiple of D
 * @param length tokens of a sequence, at most L
 * @returns [N, W]
 * @throws RangeError if the sizes do not go together
 */
export function rotary(x: tf.Tensor2D, table: tf.Tensor2D, rotated: number, length: number): tf.Tensor2D {
  const shape = { rotated, headSize: widthOf(table.shape), length };
  requireSizes(x, table, shape);
  return differentiable(
    [x],
    (x) => ({ value: runKernel(rotaryKernel(shape), x, table)[0], saved: [table] }),
    (dy, [table]) => runKernel(rotaryKernel({ ...shape, isInverse: true }), dy, table),
  );
}

function requireSizes(x: tf.Tensor2D, table: tf.Tensor2D, { rotated, headSize, length }: RotaryShape): void {
  requirePairs(headSize);
  const [rows, width] = [heightOf(x.shape), widthOf(x.shape)];
  if (rotated % headSize !== 0 || rotated < headSize || rotated > width) {
    const most = Math.floor(width / headSize) * headSize;
    const nearest = Math.min(most, Math.max(headSize, Math.round(rotated / headSize) * headSize));
    throw new RangeError(
      `Of ${width} columns, ${rotated} cannot be turned by heads of ${headSize}: turn whole heads, for example ${nearest} columns.`,
    );
  }
  if (length < 1 || length > heightOf(table.shape) || rows % length !== 0) {
    throw new RangeError(
      `${rows} rows are not whole sequences of ${length} tokens within a table of ${heightOf(table.shape)} positions.`,
    );
  }
}
