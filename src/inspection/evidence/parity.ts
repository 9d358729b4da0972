// How far two ways of computing the same numbers are apart.
import type { Float64Group } from '../../float64/parameters.ts';
import type { ParityFigure } from '../../protocol/messages.ts';

/** Largest relative difference that single precision may make in a loss, in logits and in a whole gradient. */
export const PARITY_TOLERANCE = 1e-4;
/** Below this a largest value counts as this large. */
const SMALLEST_SCALE = 1e-6;

/** What one way of running the model gives. */
export interface Computed {
  /** The training objective, in nats. */
  readonly loss: number;
  readonly logits: ArrayLike<number>;
  /** [P]. */
  readonly gradient: ArrayLike<number>;
}

/** Largest difference relative to the largest expected value; Infinity if sizes differ or a value is no number. */
export function deviationOf(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
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

/** The largest deviation of any group, each relative to its own largest entry. */
export function gradientDeviation(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  groups: readonly Float64Group[],
): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  const [a, e] = [Float64Array.from(actual), Float64Array.from(expected)];
  return Math.max(
    ...groups.map(({ offset, size }) =>
      deviationOf(a.subarray(offset, offset + size), e.subarray(offset, offset + size)),
    ),
  );
}

/** @param tolerance null where the figures are told for information */
export function parityFigures(
  { path, actual }: { readonly path: ParityFigure['path']; readonly actual: Computed },
  { against, expected }: { readonly against: ParityFigure['against']; readonly expected: Computed },
  groups: readonly Float64Group[],
  tolerance: number | null,
): ParityFigure[] {
  const figure = (quantity: ParityFigure['quantity'], count: number, deviation: number): ParityFigure => ({
    quantity,
    path,
    against,
    count,
    deviation,
    tolerance,
    // What is told for information must still be a number.
    passed: deviation <= (tolerance ?? Number.MAX_VALUE),
  });
  return [
    figure('loss', 1, deviationOf([actual.loss], [expected.loss])),
    figure('logits', expected.logits.length, deviationOf(actual.logits, expected.logits)),
    figure('gradient', expected.gradient.length, gradientDeviation(actual.gradient, expected.gradient, groups)),
  ];
}
