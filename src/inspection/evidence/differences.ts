// A gradient against central differences in double precision, group by group: some entries of each, its extremes among
// them. It knows no model, only a function of flat parameters.
import type { Float64Group } from '../../float64/parameters.ts';
import type { CheckedGroup } from '../../protocol/messages.ts';
import { Random } from '../../random/random.ts';

/** Largest relative error that a gradient in single precision may have. */
export const GRADIENT_TOLERANCE = 1e-3;
/** Entries differenced in each group. */
const SAMPLES = 20;
/** Entries smaller than this share of their group's largest are compared as if they were that large, */
const GROUP_FLOOR = 1e-2;
/** and those smaller than this share of the largest of all likewise: a group without a gradient has only noise. */
const OVERALL_FLOOR = 1e-6;
const STEP = 1e-5;

export interface DifferenceCheck {
  readonly groups: readonly Float64Group[];
  /** [P]. */
  readonly parameters: Float64Array;
  readonly objectiveAt: (parameters: Float64Array) => number;
  /** The gradient to check, [P]. */
  readonly gradient: ArrayLike<number>;
  /** How far a parameter is moved both ways. */
  readonly step?: number;
  /** Called after each entry; it may wait, and throws to end the check. */
  readonly pause: (share: number, group: string) => Promise<void>;
}

export interface DifferencedGroup {
  readonly outcome: CheckedGroup;
  /** The entries that were differenced, flat in the group, and what they gave. */
  readonly indices: readonly number[];
  readonly numeric: readonly number[];
}

/** @throws RangeError if the gradient has not one entry per parameter */
export async function checkDifferences(check: DifferenceCheck): Promise<DifferencedGroup[]> {
  const { groups, parameters, objectiveAt, gradient, step = STEP, pause } = check;
  if (gradient.length !== parameters.length) {
    throw new RangeError(`There are ${parameters.length} parameters and ${gradient.length} entries of the gradient.`);
  }
  const moved = parameters.slice();
  const slopeAt = (i: number): number => {
    const value = parameters[i] ?? Number.NaN;
    moved[i] = value + step;
    const above = objectiveAt(moved);
    moved[i] = value - step;
    const below = objectiveAt(moved);
    moved[i] = value;
    return (above - below) / (2 * step);
  };
  const largest = largestOf(gradient, 0, gradient.length);
  const samples = groups.map((group, index) => sampledIndices(gradient, group, index));
  const total = samples.reduce((sum, indices) => sum + indices.length, 0);
  const results: DifferencedGroup[] = [];
  let done = 0;
  for (const [place, group] of groups.entries()) {
    const indices = samples[place] ?? [];
    const numeric: number[] = [];
    for (const index of indices) {
      numeric.push(slopeAt(group.offset + index));
      await pause(++done / total, group.name);
    }
    const scale = Math.max(largestOf(gradient, group.offset, group.size), ...numeric.map(Math.abs));
    const floor = Math.max(GROUP_FLOOR * scale, OVERALL_FLOOR * largest, Number.MIN_VALUE);
    results.push({ outcome: judged(group, gradient, indices, numeric, floor), indices, numeric });
  }
  return results;
}

/** |a − n| relative to the larger of both, or to the floor where both are smaller; Infinity for what is no number. */
export function relativeError(analytic: number, numeric: number, floor: number): number {
  if (!Number.isFinite(analytic) || !Number.isFinite(numeric)) return Number.POSITIVE_INFINITY;
  return Math.abs(analytic - numeric) / Math.max(Math.abs(analytic), Math.abs(numeric), floor);
}

function judged(
  { name, shape, offset, size }: Float64Group,
  gradient: ArrayLike<number>,
  indices: readonly number[],
  numeric: readonly number[],
  floor: number,
): CheckedGroup {
  let maxRelativeError = 0;
  let worst = { index: 0, analytic: 0, numeric: 0 };
  indices.forEach((index, i) => {
    const here = { index, analytic: gradient[offset + index] ?? Number.NaN, numeric: numeric[i] ?? Number.NaN };
    const error = relativeError(here.analytic, here.numeric, floor);
    if (i > 0 && error <= maxRelativeError) return;
    maxRelativeError = error;
    worst = here;
  });
  const passed = maxRelativeError <= GRADIENT_TOLERANCE;
  return { name, shape, elements: size, checked: indices.length, maxRelativeError, worst, passed };
}

/** Finite entries count; one that is not shows in its own comparison. */
function largestOf(values: ArrayLike<number>, offset: number, size: number): number {
  let largest = 0;
  for (let i = offset; i < offset + size; i++) {
    const value = Math.abs(values[i] ?? 0);
    if (Number.isFinite(value)) largest = Math.max(largest, value);
  }
  return largest;
}

/** First, last, smallest and largest entry, one that is no number if there is any, and others at random; in order. */
function sampledIndices(gradient: ArrayLike<number>, { offset, size }: Float64Group, seed: number): number[] {
  if (size <= SAMPLES) return Array.from({ length: size }, (_, index) => index);
  const at = (index: number): number => gradient[offset + index] ?? Number.NaN;
  let [lowest, highest] = [0, 0];
  const chosen = new Set([0, size - 1]);
  for (let index = 0; index < size; index++) {
    if (at(index) < at(lowest)) lowest = index;
    if (at(index) > at(highest)) highest = index;
    if (!Number.isFinite(at(index)) && chosen.size === 2) chosen.add(index);
  }
  chosen.add(lowest).add(highest);
  const random = new Random(seed);
  while (chosen.size < SAMPLES) chosen.add(random.integer(size));
  return [...chosen].toSorted((a, b) => a - b);
}
