// Attention in plain loops and double precision, with its gradient: what tests compare every other form with.
import type { HeadShape } from './heads.ts';

export interface AttentionLoops {
  /** [B·T, C]. */
  readonly out: Float64Array;
  /** [B·H, T]; −Infinity for a token that sees none. */
  readonly logSumExp: Float64Array;
  /** [B·H·T, T]: before any are dropped. */
  readonly weights: Float64Array;
  /** [B·T, (H + 2G)·D]; zeros without dy. */
  readonly dqkv: Float64Array;
}

export interface LoopOptions {
  /** [B·T, C]. */
  readonly dy?: ArrayLike<number>;
  /** [B, H, T, T]: what weights are multiplied by after their normalisation. */
  readonly factors?: ArrayLike<number> | undefined;
  /** Keys from here on are hidden. */
  readonly visible?: number;
}

/** @param qkv [B·T, (H + 2G)·D] */
export function attentionLoops(
  { batch, length, nHead, nKeyValueHead, headSize, causal, band, alibi }: HeadShape,
  qkv: ArrayLike<number>,
  { dy, factors, visible = length }: LoopOptions = {},
): AttentionLoops {
  const width = nHead * headSize;
  const rowWidth = (nHead + 2 * nKeyValueHead) * headSize;
  const scale = 1 / Math.sqrt(headSize);
  const out = new Float64Array(batch * length * width);
  const logSumExp = new Float64Array(batch * nHead * length);
  const weights = new Float64Array(batch * nHead * length * length);
  const dqkv = new Float64Array(batch * length * rowWidth);
  const at = (values: ArrayLike<number>, i: number): number => values[i] ?? Number.NaN;
  const add = (to: Float64Array, i: number, value: number): void => {
    to[i] = at(to, i) + value;
  };
  const product = (x: ArrayLike<number>, i: number, y: ArrayLike<number>, j: number): number => {
    let sum = 0;
    for (let d = 0; d < headSize; d++) sum += at(x, i + d) * at(y, j + d);
    return sum;
  };
  const sees = (t: number, s: number): boolean =>
    s < visible && (!causal || s <= t) && (band === 0 || Math.abs(t - s) < band);
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < nHead; h++) {
      const keyHead = Math.floor(h / (nHead / nKeyValueHead));
      const slope = alibi ? 2 ** ((-8 * (h + 1)) / nHead) : 0;
      const place = (t: number, head: number): number => (b * length + t) * rowWidth + head * headSize;
      const query = (t: number): number => place(t, h);
      const key = (t: number): number => place(t, nHead + keyHead);
      const value = (t: number): number => place(t, nHead + nKeyValueHead + keyHead);
      const output = (t: number): number => (b * length + t) * width + h * headSize;
      for (let t = 0; t < length; t++) {
        const row = (b * nHead + h) * length + t;
        const seen = Array.from({ length }, (_, s) => s).filter((s) => sees(t, s));
        const scores = seen.map((s) => scale * product(qkv, query(t), qkv, key(s)) - slope * Math.abs(t - s));
        const largest = Math.max(...scores);
        const total = scores.reduce((sum, score) => sum + Math.exp(score - largest), 0);
        logSumExp[row] = largest + Math.log(total);
        const factor = (s: number): number => (factors ? at(factors, row * length + s) : 1);
        const dWeights = seen.map((s, i) => {
          const weight = Math.exp(at(scores, i) - largest) / total;
          weights[row * length + s] = weight;
          for (let d = 0; d < headSize; d++) add(out, output(t) + d, weight * factor(s) * at(qkv, value(s) + d));
          return dy ? factor(s) * product(dy, output(t), qkv, value(s)) : 0;
        });
        if (dy === undefined) continue;
        const weightOf = (s: number): number => at(weights, row * length + s);
        const mean = dWeights.reduce((sum, dWeight, i) => sum + dWeight * weightOf(seen[i] ?? -1), 0);
        seen.forEach((s, i) => {
          const dScore = scale * weightOf(s) * (at(dWeights, i) - mean);
          for (let d = 0; d < headSize; d++) {
            add(dqkv, query(t) + d, dScore * at(qkv, key(s) + d));
            add(dqkv, key(s) + d, dScore * at(qkv, query(t) + d));
            add(dqkv, value(s) + d, weightOf(s) * factor(s) * at(dy, output(t) + d));
          }
        });
      }
    }
  }
  return { out, logSumExp, weights, dqkv };
}
