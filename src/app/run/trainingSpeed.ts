// The present training speed from the metrics. Pure.

const AVERAGED_ROWS = 10;

/**
 * @param steps the step of each row, rising.
 * @param rates tokens per second of each row; no positive number where it was not measured (an infinite one in runs of earlier versions).
 * @param afterStep rows up to this step tell of another backend or an earlier sitting.
 * @returns the mean over the last rows that count, in tokens per second; undefined if there are none.
 */
export function presentSpeed(
  steps: readonly number[],
  rates: readonly number[],
  afterStep: number,
): number | undefined {
  const recent = rates.slice(-AVERAGED_ROWS);
  const first = rates.length - recent.length;
  const counted = recent.filter(
    (rate, row) => rate > 0 && Number.isFinite(rate) && (steps[first + row] ?? 0) > afterStep,
  );
  return counted.length === 0 ? undefined : counted.reduce((sum, rate) => sum + rate, 0) / counted.length;
}
