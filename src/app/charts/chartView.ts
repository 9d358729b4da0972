// What the charts show at the moment, and reading the metric series for it: range in sight, smoothing, last values.
import { metricSeries } from '../../state/metricSeries.ts';
import { lowerBound } from './decimate.ts';
import { smoothedSeries } from './smoothedSeries.ts';
import type { LossSeriesName } from './lossPlot.ts';
import type { StepRange } from './lossSeries.ts';
import type { LossUnit } from './lossUnit.ts';

/** How the charts are drawn; kept from run to run. */
export interface ChartSettings {
  readonly unit: LossUnit;
  readonly logarithmic: boolean;
  readonly table: boolean;
  /** Share of the run that the smoothing looks back on, 0 … 0.5. */
  readonly smoothing: number;
  readonly hidden: ReadonlySet<LossSeriesName>;
}

export const INITIAL_SETTINGS: ChartSettings = {
  unit: 'nats',
  logarithmic: false,
  table: false,
  smoothing: 0.1,
  hidden: new Set(),
};

const LEAST_WIDTH_STEPS = 10;

/** From 0 to the last step, at least ten steps wide. */
export function wholeRange(): StepRange {
  return { min: 0, max: Math.max(LEAST_WIDTH_STEPS, metricSeries.last('step') ?? 0) };
}

/** @param zoom undefined while all steps are in sight. */
export function stepsInSight(zoom: StepRange | undefined): StepRange {
  return zoom ?? wholeRange();
}

let smoothedFor = { version: -1, smoothing: -1 };
let smoothed: Float64Array = new Float64Array();

/** The smoothed training loss, computed once per version of the series. */
export function smoothedLoss(smoothing: number): Float64Array {
  if (smoothedFor.version !== metricSeries.version || smoothedFor.smoothing !== smoothing) {
    smoothed = smoothedSeries(metricSeries.column('loss'), smoothing);
    smoothedFor = { version: metricSeries.version, smoothing };
  }
  return smoothed;
}

/** Row of the last step at or before `step`; undefined before the first. */
export function rowAtOrBefore(step: number): number | undefined {
  const steps = metricSeries.column('step');
  const row = lowerBound(steps, step);
  if (steps[row] === step) return row;
  return row > 0 ? row - 1 : undefined;
}
