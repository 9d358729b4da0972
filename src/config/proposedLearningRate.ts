// The learning rate that suits a model's size: GPT-3's table (Brown et al. 2020, Table 2.1), carried on to small models.

/** Parameters and learning rates of the paper's eight models. */
export const PAPER_LEARNING_RATES: readonly (readonly [parameters: number, learningRate: number])[] = [
  [125e6, 6.0e-4],
  [350e6, 3.0e-4],
  [760e6, 2.5e-4],
  [1.3e9, 2.0e-4],
  [2.7e9, 1.6e-4],
  [6.7e9, 1.2e-4],
  [13e9, 1.0e-4],
  [175e9, 0.6e-4],
];

/** No model is proposed a higher one, however small. */
const HIGHEST = 6e-3;

const TABLE = PAPER_LEARNING_RATES.map(([parameters, rate]) => ({ size: Math.log(parameters), rate: Math.log(rate) }));

/** Least-squares slope of the whole table, log against log. */
const TREND = ((): number => {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const size = mean(TABLE.map((row) => row.size));
  const rate = mean(TABLE.map((row) => row.rate));
  const covariance = mean(TABLE.map((row) => (row.size - size) * (row.rate - rate)));
  return covariance / mean(TABLE.map((row) => (row.size - size) ** 2));
})();

/**
 * Within the table, between its neighbouring rows on logarithmic scales; outside, from its nearest end along its overall
 * trend. An extrapolation, not a measurement.
 * @param parameters all of a model's
 * @returns two significant digits
 */
export function proposedLearningRate(parameters: number): number {
  const rate = Math.exp(logRateAt(Math.log(Math.max(1, parameters))));
  return Math.min(HIGHEST, Number(rate.toPrecision(2)));
}

function logRateAt(size: number): number {
  const above = TABLE.findIndex((row) => row.size >= size);
  const upper = TABLE.at(above);
  const lower = TABLE[above - 1];
  // Below the table, or above it, where the last row is the one found.
  if (upper === undefined) return 0;
  if (lower === undefined) return upper.rate + TREND * (size - upper.size);
  const way = (size - lower.size) / (upper.size - lower.size);
  return lower.rate + way * (upper.rate - lower.rate);
}
