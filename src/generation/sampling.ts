// From logits to a token: pure functions on one row of logits, no tensors.
// In this order: repetition penalty, n-grams that must not come again, temperature, top-k, top-p, min-p.
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
  const probabilities = probabilitiesOf(penalizedLogits(logits, settings, text), settings.temperature);
  if (!hasCut(settings, probabilities.length)) return probabilities;
  const kept = cut(probabilities, settings);
  const total = kept.reduce((sum, { probability }) => sum + probability, 0);
  const left = new Float64Array(probabilities.length);
  for (const { id, probability } of kept) left[id] = probability / total;
  return left;
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
  const penalized = penalizedLogits(logits, settings, text);
  if (settings.temperature === 0) return indexOfHighest(penalized);
  const probabilities = probabilitiesOf(penalized, settings.temperature);
  if (!hasCut(settings, probabilities.length)) return drawIndex(probabilities, random);
  const candidates = cut(probabilities, settings);
  const drawn = drawIndex(
    candidates.map(({ probability }) => probability),
    random,
  );
  return candidates[drawn]?.id ?? 0;
}

const hasCut = ({ topK, topP, minP = 0 }: SamplingSettings, size: number): boolean =>
  (topK > 0 && topK < size) || topP < 1 || minP > 0;

/** The tokens that top-k, then top-p, then min-p leave, best first. */
function cut(probabilities: Float64Array, { topK, topP, minP = 0 }: SamplingSettings): RankedToken[] {
  let candidates = mostProbableFirst(probabilities);
  if (topK > 0) candidates = candidates.slice(0, topK);
  const total = candidates.reduce((sum, { probability }) => sum + probability, 0);
  let mass = 0;
  const count = candidates.findIndex(({ probability }) => (mass += probability) >= topP * total);
  if (count >= 0) candidates = candidates.slice(0, count + 1);
  const least = minP * (candidates[0]?.probability ?? 0);
  return candidates.filter(({ probability }, place) => place === 0 || probability >= least);
}

/** The first of equal ones; 0 if no entry is a number. */
function indexOfHighest(logits: ArrayLike<number>): number {
  let best = 0;
  let highest = Number.NEGATIVE_INFINITY;
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id] ?? Number.NaN;
    if (logit > highest) [best, highest] = [id, logit];
  }
  return best;
}

function mostProbableFirst(probabilities: Float64Array): RankedToken[] {
  const all = Array.from(probabilities, (probability, id) => ({ id, probability }));
  return all.sort((a, b) => b.probability - a.probability || a.id - b.id);
}

/** Index drawn with probability proportional to its weight. */
function drawIndex(weights: ArrayLike<number>, random: Random): number {
  let total = 0;
  for (let i = 0; i < weights.length; i++) total += weights[i] ?? 0;
  let left = random.uniform() * total;
  let last = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] ?? 0;
    if (weight === 0) continue;
    last = i;
    left -= weight;
    if (left < 0) return i;
  }
  return last;
}
