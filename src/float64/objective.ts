// What is trained on, from rows of logits: mean negative log-likelihood, with label smoothing (Szegedy et al. 2016 §7)
// and z-loss (Chowdhery et al. 2022 §5).
import { addAt, type Tape, type Value } from './tape.ts';

export interface Float64Objective {
  /** Weight of the squared log-sum-exp. */
  readonly zLoss: number;
  /** Share of every target that is spread evenly over the vocabulary. */
  readonly labelSmoothing: number;
}

export const PLAIN_OBJECTIVE: Float64Objective = { zLoss: 0, labelSmoothing: 0 };

/** Log-sum-exp of one row. */
function logSumExp(row: Float64Array): number {
  const highest = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return highest + Math.log(row.reduce((sum, value) => sum + Math.exp(value - highest), 0));
}

const rowOf = (values: Float64Array, row: number, size: number): Float64Array =>
  values.subarray(row * size, (row + 1) * size);

/** Mean negative log-likelihood in nats. @param logits [N, V] @param targets [N] */
export function meanNegativeLogLikelihood(logits: Float64Array, targets: ArrayLike<number>): number {
  const size = logits.length / targets.length;
  let sum = 0;
  for (let row = 0; row < targets.length; row++) {
    const scores = rowOf(logits, row, size);
    sum += logSumExp(scores) - (scores[targets[row] ?? -1] ?? Number.NaN);
  }
  return sum / targets.length;
}

/** The mean over rows of what training makes small: one number. */
export function objective(
  tape: Tape,
  logits: Value,
  targets: ArrayLike<number>,
  { zLoss, labelSmoothing }: Float64Objective,
): Value {
  const rows = targets.length;
  const size = logits.values.length / rows;
  const wanted = (row: number, id: number): number =>
    labelSmoothing / size + (id === targets[row] ? 1 - labelSmoothing : 0);
  const sums = Float64Array.from({ length: rows }, (_, row) => logSumExp(rowOf(logits.values, row, size)));
  let total = 0;
  sums.forEach((sum, row) => {
    total += zLoss * sum * sum;
    rowOf(logits.values, row, size).forEach((score, id) => {
      total += wanted(row, id) * (sum - score);
    });
  });
  return tape.value(Float64Array.of(total / rows), ([own = 0]) => {
    sums.forEach((sum, row) => {
      rowOf(logits.values, row, size).forEach((score, id) => {
        const probability = Math.exp(score - sum);
        const slope = probability * (1 + 2 * zLoss * sum) - wanted(row, id);
        addAt(logits.gradient, row * size + id, (own * slope) / rows);
      });
    });
  });
}
