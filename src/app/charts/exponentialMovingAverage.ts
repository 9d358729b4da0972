// Smoothing of a noisy series for the eye: a bias-corrected exponential moving average.

/**
 * Averages each value with its past, the weight of a value falling by `memory` per row. The start is corrected
 * for bias as in Adam (Kingma & Ba 2015, §3), so the first average is the first value.
 * Rows that are not finite give NaN and leave the average as it was.
 * @param memory 0 (no smoothing) up to but not including 1.
 */
export function exponentialMovingAverage(values: readonly number[], memory: number): Float64Array {
  const smoothed = new Float64Array(values.length);
  let weightedSum = 0;
  let weights = 0;
  for (let row = 0; row < values.length; row++) {
    const value = values[row] ?? Number.NaN;
    if (!Number.isFinite(value)) {
      smoothed[row] = Number.NaN;
      continue;
    }
    weightedSum = memory * weightedSum + (1 - memory) * value;
    weights = memory * weights + (1 - memory);
    smoothed[row] = weightedSum / weights;
  }
  return smoothed;
}
