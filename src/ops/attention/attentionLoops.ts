// Attention in plain loops and double precision, with its gradient: what tests compare every other form with.
import type { HeadShape } from './heads.ts';

export interface AttentionLoops {
  /** [B·T, C]. */
  readonly out: Float64Array;
  /** [B·H, T]. */
  readonly logSumExp: Float64Array;
  /** [B·H·T, T]: before any are dropped. */
  readonly weights: Float64Array;
  /** [B·T, 3C]; zeros without dy. */
  readonly dqkv: Float64Array;
}

/**
 * @param qkv [B·T, 3C] @param dy [B·T, C]
 * @param factors [B, H, T, T]: what weights are multiplied by after their normalisation
 */
export function attentionLoops(
  { batch, length, nHead, headSize }: HeadShape,
  qkv: ArrayLike<number>,
  dy?: ArrayLike<number>,
  factors?: ArrayLike<number>,
): AttentionLoops {
  const width = nHead * headSize;
  const scale = 1 / Math.sqrt(headSize);
  const out = new Float64Array(batch * length * width);
  const logSumExp = new Float64Array(batch * nHead * length);
  const weights = new Float64Array(batch * nHead * length * length);
  const dqkv = new Float64Array(batch * length * 3 * width);
  const at = (values: ArrayLike<number>, i: number): number => values[i] ?? Number.NaN;
  const add = (to: Float64Array, i: number, value: number): void => {
    to[i] = at(to, i) + value;
  };
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < nHead; h++) {
      const place = (t: number, third: number): number => (b * length + t) * 3 * width + third * width + h * headSize;
      const outPlace = (t: number): number => (b * length + t) * width + h * headSize;
      const product = (x: ArrayLike<number>, i: number, y: ArrayLike<number>, j: number): number => {
        let sum = 0;
        for (let d = 0; d < headSize; d++) sum += at(x, i + d) * at(y, j + d);
        return sum;
      };
      for (let t = 0; t < length; t++) {
        const row = (b * nHead + h) * length + t;
        const scores = Array.from({ length: t + 1 }, (_, s) => scale * product(qkv, place(t, 0), qkv, place(s, 1)));
        const largest = Math.max(...scores);
        const total = scores.reduce((sum, score) => sum + Math.exp(score - largest), 0);
        logSumExp[row] = largest + Math.log(total);
        const factor = (s: number): number => (factors ? at(factors, row * length + s) : 1);
        const dWeights = scores.map((score, s) => {
          const weight = Math.exp(score - largest) / total;
          weights[row * length + s] = weight;
          for (let d = 0; d < headSize; d++) add(out, outPlace(t) + d, weight * factor(s) * at(qkv, place(s, 2) + d));
          return dy ? factor(s) * product(dy, outPlace(t), qkv, place(s, 2)) : 0;
        });
        if (dy === undefined) continue;
        const mean = dWeights.reduce((sum, dWeight, s) => sum + dWeight * at(weights, row * length + s), 0);
        dWeights.forEach((dWeight, s) => {
          const weight = at(weights, row * length + s);
          const dScore = scale * weight * (dWeight - mean);
          for (let d = 0; d < headSize; d++) {
            add(dqkv, place(t, 0) + d, dScore * at(qkv, place(s, 1) + d));
            add(dqkv, place(s, 1) + d, dScore * at(qkv, place(t, 0) + d));
            add(dqkv, place(s, 2) + d, weight * factor(s) * at(dy, outPlace(t) + d));
          }
        });
      }
    }
  }
  return { out, logSumExp, weights, dqkv };
}
