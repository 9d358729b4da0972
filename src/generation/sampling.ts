// From logits to a token: pure functions on one row of logits, no tensors.
// In this order: repetition penalty, n-grams that must not come again, temperature, top-k, top-p, min-p.
import { cutWeights, drawToken, type Cut } from '../ops/tokenChoice/drawToken.ts';
import type { Random } from '../random/random.ts';

/** What is left out is off. */
export interface SamplingSettings {
  /** Divides the logits; 0 means greedy. */
  readonly temperature: number;
  /** Only the k most probable tokens stay (Fan et al. 2018); 0 means off. */
  readonly topK: number;
  /** Only the smallest set whose probability reaches p stays (Holtzman et al. 2020); 1 means off. */
  readonly topP: number;
  /** Only tokens at least this share as probable as the most probable one stay (Nguyen et al. 2024); 0 means off. */
  readonly minP?: number;
  /**
   * Of tokens that the text has already, positive logits are divided and negative ones multiplied by it (Keskar et al.
   * 2019 §4.1); 1 means off.
   */
  readonly repetitionPenalty?: number;
  /** No n tokens in a row come twice in a text (Paulus et al. 2017 §2.5); 0 means off. */
  readonly noRepeatNgram?: number;
}

export interface RankedToken {
  readonly id: number;
  readonly probability: number;
}

/**
 * Softmax of logits / temperature, in double precision. Entries that are not numbers count as impossible.
 * @param logits [V] @param temperature above 0
 */
export function probabilitiesOf(logits: ArrayLike<number>, temperature = 1): Float64Array {
  const scaled = Float64Array.from(logits, (logit) => (Number.isNaN(logit) ? Number.NEGATIVE_INFINITY : logit));
  const highest = scaled.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  let sum = 0;
  for (let id = 0; id < scaled.length; id++) {
    const logit = scaled[id] ?? 0;
    // Apart, because an infinite highest logit minus itself is not a number.
    const weight = logit === highest ? 1 : Math.exp((logit - highest) / temperature);
    scaled[id] = weight;
    sum += weight;
  }
  return scaled.map((weight) => weight / sum);
}

/** Ids of the n highest values, best first; equal ones by id. */
export function highestOf(values: Float64Array, n: number): number[] {
  const best: number[] = [];
  const valueAt = (place: number): number => values[best[place] ?? -1] ?? Number.NEGATIVE_INFINITY;
  values.forEach((value, id) => {
    if (best.length >= n && value <= valueAt(n - 1)) return;
    let place = best.length;
    while (place > 0 && valueAt(place - 1) < value) place--;
    best.splice(place, 0, id);
    if (best.length > n) best.pop();
  });
  return best;
}

/** The n most probable tokens, best first; equal ones by id. */
export const mostProbable = (probabilities: Float64Array, n: number): RankedToken[] =>
  highestOf(probabilities, n).map((id) => ({ id, probability: probabilities[id] ?? 0 }));

/**
 * Natural logarithms of the softmax of logits, in double precision; none above 0. Entries that are not numbers count as
 * impossible.
 * @param logits [V]
 */
export function logProbabilitiesOf(logits: ArrayLike<number>): Float64Array {
  const numbers = Float64Array.from(logits, (logit) => (Number.isNaN(logit) ? Number.NEGATIVE_INFINITY : logit));
  const highest = numbers.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  // From an infinite logit all others are infinitely far.
  if (!Number.isFinite(highest)) return probabilitiesOf(logits).map(Math.log);
  const sum = numbers.reduce((total, logit) => total + Math.exp(logit - highest), 0);
  const logSum = Math.log(sum);
  return numbers.map((logit) => logit - highest - logSum);
}

/**
 * Logits after what the text so far rules out or makes dearer. Where nothing would be left, nothing is ruled out.
 * @param logits [V] @param text tokens read and written so far
 * @returns the same logits where no penalty is on
 */
export function penalizedLogits(
  logits: ArrayLike<number>,
  { repetitionPenalty = 1, noRepeatNgram = 0 }: SamplingSettings,
  text: readonly number[],
): ArrayLike<number> {
  if ((repetitionPenalty === 1 && noRepeatNgram <= 0) || text.length === 0) return logits;
  const penalized = Float64Array.from(logits);
  if (repetitionPenalty !== 1) {
    for (const id of new Set(text)) {
      const logit = penalized[id] ?? 0;
      penalized[id] = logit > 0 ? logit / repetitionPenalty : logit * repetitionPenalty;
    }
  }
  const dearer = penalized.slice();
  for (const id of repeatingTokens(text, noRepeatNgram)) penalized[id] = Number.NEGATIVE_INFINITY;
  return penalized.some((logit) => logit > Number.NEGATIVE_INFINITY) ? penalized : dearer;
}

/** Tokens with which the text's last n tokens would have been there before. */
function repeatingTokens(text: readonly number[], n: number): Set<number> {
  const found = new Set<number>();
  if (n <= 0) return found;
  const end = text.length - (n - 1);
  for (let start = 0; start < end; start++) {
    let same = 0;
    while (same < n - 1 && text[start + same] === text[end + same]) same++;
    const next = text[start + n - 1];
    if (same === n - 1 && next !== undefined) found.add(next);
  }
  return found;
}

/**
 * What is drawn from: probabilities after penalties, temperature and cuts, [V]; 0 for what was cut. At least one token
 * always stays.
 * @param logits [V] @param settings temperature above 0 @param text tokens read and written so far
 */
export function choiceProbabilities(
  logits: ArrayLike<number>,
  settings: SamplingSettings,
  text: readonly number[] = [],
): Float64Array {
  const weights = cutWeights(penalizedLogits(logits, settings, text), cutOf(settings));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/**
 * Chooses a token; at least one always stays.
 * @param logits [V] @param random the generation's own generator; untouched when greedy
 * @param text tokens read and written so far, for the penalties
 */
export function chooseToken(
  logits: ArrayLike<number>,
  settings: SamplingSettings,
  random: Random,
  text: readonly number[] = [],
): number {
  const draw = settings.temperature === 0 ? 0 : random.uniform();
  return drawToken(penalizedLogits(logits, settings, text), cutOf(settings), draw);
}

/** What is cut, without the penalties. */
export const cutOf = ({ temperature, topK, topP, minP = 0 }: SamplingSettings): Cut => ({
  temperature,
  topK,
  topP,
  minP,
});

/** Whether tokens are drawn from the model's logits as they are: then a device can do it. */
export const isPlainDraw = ({ repetitionPenalty = 1, noRepeatNgram = 0 }: SamplingSettings): boolean =>
  repetitionPenalty === 1 && noRepeatNgram <= 0;
