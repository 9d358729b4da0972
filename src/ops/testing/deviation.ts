// How far an op is from an independent reference in double precision: its values, and its gradients on the tape
// against central differences of that reference. For tests only; it knows no op.
import * as tf from '../../engine/tf.ts';
import type { Random } from '../../random/random.ts';

/** An input: values that single precision holds exactly, so that the op and its reference see the same. */
export interface Operand {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

/** Normally distributed values around `centre`. */
export function randomOperand(random: Random, shape: readonly number[], deviation = 1, centre = 0): Operand {
  const size = shape.reduce((product, n) => product * n, 1);
  const values = Float64Array.from({ length: size }, () => Math.fround(centre + deviation * random.normal()));
  return { shape, values };
}

/** Single-precision tensor of an operand. Caller disposes. */
export const tensorOf = ({ shape, values }: Operand): tf.Tensor => tf.tensor(Float32Array.from(values), [...shape]);

/** Below this an expected tensor counts as zero, and differences from it as absolute. */
const SMALLEST_SCALE = 1e-3;

/** Largest difference, relative to the largest expected value; Infinity if sizes differ or a value is not finite. */
export function largestDeviation(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let scale = SMALLEST_SCALE;
  let difference = 0;
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i] ?? Number.NaN, expected[i] ?? Number.NaN];
    if (!Number.isFinite(a) || !Number.isFinite(e)) return Number.POSITIVE_INFINITY;
    scale = Math.max(scale, Math.abs(e));
    difference = Math.max(difference, Math.abs(a - e));
  }
  return difference / scale;
}

/** Gradient of a function of one array by central differences. */
export function differenceGradient(f: (x: Float64Array) => number, at: Float64Array, step = 1e-5): Float64Array {
  const x = at.slice();
  return at.map((value, i) => {
    x[i] = value + step;
    const above = f(x);
    x[i] = value - step;
    const below = f(x);
    x[i] = value;
    return (above - below) / (2 * step);
  });
}

export interface OpDeviation {
  readonly value: number;
  /** One per operand. */
  readonly gradients: readonly number[];
}

/**
 * Runs an op and differentiates a random weighting of its output, both ways.
 * @param reference the same function on flat arrays, output flat too
 */
export async function opDeviation<Inputs extends tf.Tensor[]>(
  op: (...inputs: Inputs) => tf.Tensor,
  reference: (...inputs: Float64Array[]) => Float64Array,
  operands: readonly Operand[],
  random: Random,
): Promise<OpDeviation> {
  const arrays = operands.map(({ values }) => values);
  const expected = reference(...arrays);
  const weights = randomOperand(random, [expected.length]);
  const inputs = operands.map(tensorOf);
  const value = tf.tidy(() => op(...(inputs as Inputs)));
  const weighting = tf.tidy(() => tf.reshape(tensorOf(weights), value.shape));
  const weighted = (...given: tf.Tensor[]): tf.Tensor => tf.sum(tf.mul(op(...(given as Inputs)), weighting));
  const gradients = tf.tidy(() => tf.grads(weighted)(inputs));
  const result: OpDeviation = {
    value: largestDeviation(await value.data(), expected),
    gradients: await Promise.all(
      gradients.map(async (gradient, index) => {
        const f = (x: Float64Array): number => {
          const output = reference(...arrays.map((array, other) => (other === index ? x : array)));
          return output.reduce((sum, y, i) => sum + y * (weights.values[i] ?? 0), 0);
        };
        const sameShape = gradient.shape.join() === operands[index]?.shape.join();
        const deviation = largestDeviation(
          await gradient.data(),
          differenceGradient(f, arrays[index] ?? new Float64Array()),
        );
        return sameShape ? deviation : Number.POSITIVE_INFINITY;
      }),
    ),
  };
  tf.dispose([...inputs, value, weighting, ...gradients]);
  return result;
}

/** The largest of an op's deviations. */
export const worstOf = ({ value, gradients }: OpDeviation): number => Math.max(value, ...gradients);
