// The loss chart's columns: raw and smoothed training loss and validation loss on one common step axis.
// Pure: reads plain columns, knows nothing of the canvas.
import type { EvaluationPoint } from '../../protocol/messages.ts';
import { decimate, lowerBound } from './decimate.ts';
import { validationIn, type LossUnit } from './lossUnit.ts';

export interface StepRange {
  readonly min: number;
  readonly max: number;
}

export interface LossColumns {
  readonly steps: readonly number[];
  readonly loss: readonly number[];
  readonly smoothed: ArrayLike<number>;
  readonly evaluations: readonly EvaluationPoint[];
}

/** Steps, raw, smoothed, validation; null where a series has no value at that step. */
export type LossSeries = [number[], (number | null)[], (number | null)[], (number | null)[]];

/** Merges decimated training rows with every evaluation in sight. `factor` converts nats to `unit`. */
export function lossSeries(
  columns: LossColumns,
  range: StepRange,
  buckets: number,
  unit: LossUnit,
  factor: number,
): LossSeries {
  const rows = decimate(columns.steps, columns.loss, range.min, range.max, buckets);
  const points = pointsInSight(columns.evaluations, range);
  const merged: LossSeries = [[], [], [], []];
  let nextPoint = 0;
  const push = (step: number, row: number | undefined, point: EvaluationPoint | undefined) => {
    merged[0].push(step);
    merged[1].push(row === undefined ? null : finite((columns.loss[row] ?? Number.NaN) * factor));
    merged[2].push(row === undefined ? null : finite((columns.smoothed[row] ?? Number.NaN) * factor));
    merged[3].push(point === undefined ? null : finite(validationIn(unit, point)));
  };
  for (const row of rows) {
    const step = columns.steps[row] ?? 0;
    for (let point = points[nextPoint]; point !== undefined && point.step < step; point = points[++nextPoint]) {
      push(point.step, rowAt(columns.steps, point.step), point);
    }
    const here = points[nextPoint];
    if (here?.step === step) nextPoint++;
    push(step, row, here?.step === step ? here : undefined);
  }
  for (const point of points.slice(nextPoint)) push(point.step, rowAt(columns.steps, point.step), point);
  return merged;
}

/** Row of exactly that step, if there is one. */
export function rowAt(steps: readonly number[], step: number): number | undefined {
  const row = lowerBound(steps, step);
  return steps[row] === step ? row : undefined;
}

function pointsInSight(points: readonly EvaluationPoint[], range: StepRange): readonly EvaluationPoint[] {
  const firstInside = points.findIndex((point) => point.step >= range.min);
  if (firstInside < 0) return points.slice(-1);
  const firstBeyond = points.findIndex((point) => point.step > range.max);
  return points.slice(Math.max(0, firstInside - 1), firstBeyond < 0 ? points.length : firstBeyond + 1);
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
