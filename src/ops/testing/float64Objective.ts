// An output layer and what is trained for, in plain loops and double precision: what losses are tested against.
import type { Objective } from '../crossEntropy/objective.ts';

/**
 * Logits [N, V] of hidden states [N, C].
 * @param isTied whether `map` is the token embedding [V, C], or a weight [C, V] @param bias [V]
 */
export function float64Logits(rows: number, isTied: boolean, ...arrays: readonly Float64Array[]): Float64Array {
  const [hidden = new Float64Array(), map = new Float64Array(), bias] = arrays;
  const width = hidden.length / rows;
  const vocabSize = map.length / width;
  const logits = new Float64Array(rows * vocabSize);
  for (let row = 0; row < rows; row++) {
    for (let id = 0; id < vocabSize; id++) {
      let sum = bias?.[id] ?? 0;
      for (let j = 0; j < width; j++) {
        sum += (hidden[row * width + j] ?? 0) * (map[isTied ? id * width + j : j * vocabSize + id] ?? 0);
      }
      logits[row * vocabSize + id] = sum;
    }
  }
  return logits;
}

/** Mean over rows of logits [N, V] of −Σ q ln p + z · (log Z)²: q has 1 − ε on the target and ε / V on every token. */
export function float64Objective(
  logits: Float64Array,
  targets: ArrayLike<number>,
  { zLoss, labelSmoothing }: Objective,
): number {
  const vocabSize = logits.length / targets.length;
  let sum = 0;
  for (let row = 0; row < targets.length; row++) {
    const scores = logits.subarray(row * vocabSize, (row + 1) * vocabSize);
    const highest = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const logSum = highest + Math.log(scores.reduce((all, score) => all + Math.exp(score - highest), 0));
    scores.forEach((score, id) => {
      const wanted = (id === targets[row] ? 1 - labelSmoothing : 0) + labelSmoothing / vocabSize;
      sum += wanted * (logSum - score);
    });
    sum += zLoss * logSum ** 2;
  }
  return sum / targets.length;
}
