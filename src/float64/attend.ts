// Attention of all heads over whole sequences, pair by pair of tokens: shared key and value heads, bands, ALiBi.
import { alibiSlope } from './positions.ts';
import { addAt, type Tape, type Value } from './tape.ts';

export interface AttentionShape {
  /** T: rows per sequence. */
  readonly length: number;
  readonly nHead: number;
  readonly nKeyValueHead: number;
  readonly headSize: number;
  readonly causal: boolean;
  /** A token sees those at most band − 1 away; 0 for all. */
  readonly band: number;
  readonly alibi: boolean;
}

/** One query with what it sees: where all of it lies. */
interface Look {
  /** First entry of the query in qkv, and of what it gets in the output. */
  readonly query: number;
  readonly output: number;
  /** First weight of its row in [B, H, T, T]. */
  readonly weights: number;
  readonly seen: readonly Seen[];
}

interface Seen {
  /** Position in its sequence. */
  readonly s: number;
  /** What is added to its score. */
  readonly offset: number;
  /** First entry of its key and its value in qkv. */
  readonly key: number;
  readonly value: number;
}

function looksOf(rows: number, shape: AttentionShape): Look[] {
  const { length, nHead, nKeyValueHead, headSize, causal, band, alibi } = shape;
  const width = (nHead + 2 * nKeyValueHead) * headSize;
  const looks: Look[] = [];
  for (let row = 0; row < rows; row++) {
    const t = row % length;
    for (let head = 0; head < nHead; head++) {
      const shared = Math.floor(head / (nHead / nKeyValueHead));
      const seen: Seen[] = [];
      for (let s = 0; s < length; s++) {
        const distance = Math.abs(t - s);
        if ((causal && s > t) || (band > 0 && distance >= band)) continue;
        const start = (row - t + s) * width;
        seen.push({
          s,
          offset: alibi ? -alibiSlope(head, nHead) * distance : 0,
          key: start + (nHead + shared) * headSize,
          value: start + (nHead + nKeyValueHead + shared) * headSize,
        });
      }
      looks.push({
        query: row * width + head * headSize,
        output: (row * nHead + head) * headSize,
        weights: (((row - t) / length) * nHead * length + head * length + t) * length,
        seen,
      });
    }
  }
  return looks;
}

/**
 * qkv [B·T, (H + 2K)·D] → [B·T, H·D].
 * @param factors dropout of the weights, [B, H, T, T]
 * @returns with the weights before dropout, [B, H, T, T]
 */
export function attend(
  tape: Tape,
  qkv: Value,
  shape: AttentionShape,
  factors?: ArrayLike<number>,
): { mixed: Value; weights: Float64Array } {
  const { nHead, nKeyValueHead, headSize, length } = shape;
  const rows = qkv.values.length / ((nHead + 2 * nKeyValueHead) * headSize);
  const looks = looksOf(rows, shape);
  const weights = new Float64Array(rows * nHead * length);
  const values = new Float64Array(rows * nHead * headSize);
  const dot = (a: Float64Array, i: number, b: Float64Array, j: number): number => {
    let sum = 0;
    for (let d = 0; d < headSize; d++) sum += (a[i + d] ?? 0) * (b[j + d] ?? 0);
    return sum;
  };
  const addTimes = (to: Float64Array, i: number, factor: number, from: Float64Array, j: number): void => {
    for (let d = 0; d < headSize; d++) addAt(to, i + d, factor * (from[j + d] ?? 0));
  };
  const factorAt = (place: number): number => (factors ? (factors[place] ?? Number.NaN) : 1);
  const scale = 1 / Math.sqrt(headSize);
  for (const look of looks) {
    const scores = look.seen.map(({ key, offset }) => scale * dot(qkv.values, look.query, qkv.values, key) + offset);
    const highest = Math.max(...scores);
    const total = scores.reduce((sum, score) => sum + Math.exp(score - highest), 0);
    look.seen.forEach(({ s, value }, i) => {
      const weight = Math.exp((scores[i] ?? 0) - highest) / total;
      weights[look.weights + s] = weight;
      addTimes(values, look.output, weight * factorAt(look.weights + s), qkv.values, value);
    });
  }
  const mixed = tape.value(values, (own) => {
    for (const look of looks) {
      // How the result would change with each weight, and with each score (the softmax's weights share one sum).
      const slopes = look.seen.map(({ s, value }) => {
        return factorAt(look.weights + s) * dot(own, look.output, qkv.values, value);
      });
      const mean = look.seen.reduce((sum, { s }, i) => sum + (weights[look.weights + s] ?? 0) * (slopes[i] ?? 0), 0);
      look.seen.forEach(({ s, key, value }, i) => {
        const weight = weights[look.weights + s] ?? 0;
        const ofScore = scale * weight * ((slopes[i] ?? 0) - mean);
        addTimes(qkv.gradient, look.query, ofScore, qkv.values, key);
        addTimes(qkv.gradient, key, ofScore, qkv.values, look.query);
        addTimes(qkv.gradient, value, weight * factorAt(look.weights + s), own, look.output);
      });
    }
  });
  return { mixed, weights };
}
