// Smoothing of a noisy series for the eye: a moving average that grows with the series and does not lag behind it.

/**
 * At each row the value there of the line that fits the rows before it best, the weight of a row falling with its
 * distance (local linear regression, Cleveland 1979). A plain moving average of a falling loss is that of some steps ago,
 * so it stands too high; the line does not. The window is a share of the rows so far: narrow while the loss falls fast.
 * Rows that are not finite give NaN and count for nothing.
 * @param share of the rows so far that the window spans; 0 leaves the series as it is
 */
export function smoothedSeries(values: readonly number[], share: number): Float64Array {
  const smoothed = new Float64Array(values.length);
  // Weighted sums of 1, u, u², y and u·y over the rows so far, with u their distance from the present row, ≤ 0.
  let [weights, u, uu, y, uy] = [0, 0, 0, 0, 0];
  for (let row = 0; row < values.length; row++) {
    const keep = 1 - 1 / (1 + share * row);
    [uu, uy] = [keep * (uu - 2 * u + weights), keep * (uy - y)];
    [u, y] = [keep * (u - weights), keep * y];
    weights *= keep;
    const value = values[row] ?? Number.NaN;
    if (!Number.isFinite(value)) {
      smoothed[row] = Number.NaN;
      continue;
    }
    weights++;
    y += value;
    const spread = weights * uu - u * u;
    smoothed[row] = spread > 1e-9 * weights * weights ? (y * uu - u * uy) / spread : y / weights;
  }
  return smoothed;
}
