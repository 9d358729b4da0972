// What a model's predictions of next tokens come to: loss, bits per byte, accuracy and calibration. Numbers in, numbers
// out; where the logits come from is `heldOutText.ts`.
import { indexOfHighest } from '../ops/tokenChoice/drawToken.ts';
import type { CalibrationBin } from '../protocol/messages.ts';

export const CALIBRATION_BINS = 10;
const TOP_N = 5;

export interface PredictionFigures {
  readonly predictions: number;
  /** Nats per token. */
  readonly loss: number;
  readonly bitsPerByte: number;
  /** Shares of predictions, 0 … 1. */
  readonly top1: number;
  readonly top5: number;
  readonly commonestTop1: number;
  readonly commonestTop5: number;
  readonly calibration: readonly CalibrationBin[];
  readonly calibrationError: number;
}

export class PredictionTally {
  readonly #vocabSize: number;
  readonly #bytesOf: (id: number) => number;
  /** The five commonest ids, commonest first. */
  readonly #commonest: readonly number[];
  #predictions = 0;
  #bytes = 0;
  #nats = 0;
  #top1 = 0;
  #top5 = 0;
  #commonestTop1 = 0;
  #commonestTop5 = 0;
  readonly #bins = Array.from({ length: CALIBRATION_BINS }, () => ({ predictions: 0, confidence: 0, right: 0 }));

  /**
   * @param bytesOf UTF-8 bytes that a token stands for
   * @param counts [V] how often each token occurs in the training part
   */
  constructor(vocabSize: number, bytesOf: (id: number) => number, counts: ArrayLike<number>) {
    this.#vocabSize = vocabSize;
    this.#bytesOf = bytesOf;
    this.#commonest = commonestOf(counts);
  }

  /** @param logits [rows, V] @param targets [rows] the token that came next */
  add(logits: Float32Array, targets: ArrayLike<number>): void {
    for (let row = 0; row < targets.length; row++) {
      const start = row * this.#vocabSize;
      this.#addRow(logits.subarray(start, start + this.#vocabSize), targets[row] ?? 0);
    }
  }

  #addRow(logits: Float32Array, target: number): void {
    const best = indexOfHighest(logits);
    const highest = logits[best] ?? 0;
    const ofTarget = logits[target] ?? 0;
    let sum = 0;
    // Tokens before the target, by logit and then by id.
    let before = 0;
    for (let id = 0; id < logits.length; id++) {
      const logit = logits[id] ?? 0;
      sum += Math.exp(logit - highest);
      if (logit > ofTarget || (logit === ofTarget && id < target)) before++;
    }
    const right = best === target;
    this.#predictions++;
    this.#bytes += this.#bytesOf(target);
    this.#nats += highest + Math.log(sum) - ofTarget;
    if (right) this.#top1++;
    if (before < TOP_N) this.#top5++;
    if (this.#commonest[0] === target) this.#commonestTop1++;
    if (this.#commonest.includes(target)) this.#commonestTop5++;
    const confidence = 1 / sum;
    const bin = this.#bins[binOf(confidence)];
    // A probability that is not a number has no bin.
    if (bin === undefined) return;
    bin.predictions++;
    bin.confidence += confidence;
    if (right) bin.right++;
  }

  /** @returns figures that are not numbers if nothing was added, or logits were not */
  figures(): PredictionFigures {
    const n = this.#predictions;
    const calibration = this.#bins.map(({ predictions, confidence, right }) => ({
      predictions,
      confidence: predictions === 0 ? 0 : confidence / predictions,
      accuracy: predictions === 0 ? 0 : right / predictions,
    }));
    return {
      predictions: n,
      loss: this.#nats / n,
      bitsPerByte: this.#nats / Math.LN2 / this.#bytes,
      top1: this.#top1 / n,
      top5: this.#top5 / n,
      commonestTop1: this.#commonestTop1 / n,
      commonestTop5: this.#commonestTop5 / n,
      calibration,
      calibrationError: expectedCalibrationError(calibration),
    };
  }
}

/** Σ share of the bin · |confidence − accuracy| (Guo et al. 2017, eq. 5); 0 without predictions. */
export function expectedCalibrationError(bins: readonly CalibrationBin[]): number {
  const all = bins.reduce((sum, { predictions }) => sum + predictions, 0);
  const gaps = bins.reduce(
    (sum, { predictions, confidence, accuracy }) => sum + predictions * Math.abs(confidence - accuracy),
    0,
  );
  return all === 0 ? 0 : gaps / all;
}

const binOf = (confidence: number): number => Math.min(CALIBRATION_BINS - 1, Math.floor(confidence * CALIBRATION_BINS));

function commonestOf(counts: ArrayLike<number>): number[] {
  const ids = Array.from(counts, (_, id) => id);
  return ids.toSorted((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0)).slice(0, TOP_N);
}
