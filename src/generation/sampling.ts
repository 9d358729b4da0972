// From logits to a token: pure functions on one row of logits, no tensors.
import type { Random } from '../random/random.ts';

export interface SamplingSettings {
  /** Divides the logits; 0 means greedy. */
  readonly temperature: number;
  /** Only the k most probable tokens stay (Fan et al. 2018); 0 means off. */
  readonly topK: number;
  /** Only the smallest set whose probability reaches p stays (Holtzman et al. 2020); 1 means off. */
  readonly topP: number;
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

/** The n most probable tokens, best first; equal ones by id. */
export function mostProbable(probabilities: Float64Array, n: number): RankedToken[] {
  const best: RankedToken[] = [];
  probabilities.forEach((probability, id) => {
    const worst = best[n - 1];
    if (worst !== undefined && probability <= worst.probability) return;
    let place = best.length;
    while (place > 0 && (best[place - 1]?.probability ?? 0) < probability) place--;
    best.splice(place, 0, { id, probability });
    if (best.length > n) best.pop();
  });
  return best;
}

/**
 * Chooses a token. Top-k is applied before top-p; at least one token always stays.
 * @param logits [V] @param random the generation's own generator; untouched when greedy
 */
export function chooseToken(logits: ArrayLike<number>, settings: SamplingSettings, random: Random): number {
  const { temperature, topK, topP } = settings;
  if (temperature === 0) return indexOfHighest(logits);
  const probabilities = probabilitiesOf(logits, temperature);
  const size = probabilities.length;
  if ((topK <= 0 || topK >= size) && topP >= 1) return drawIndex(probabilities, random);
  let candidates = mostProbableFirst(probabilities);
  if (topK > 0) candidates = candidates.slice(0, topK);
  const total = candidates.reduce((sum, { probability }) => sum + probability, 0);
  let mass = 0;
  const count = candidates.findIndex(({ probability }) => (mass += probability) >= topP * total);
  if (count >= 0) candidates = candidates.slice(0, count + 1);
  const drawn = drawIndex(
    candidates.map(({ probability }) => probability),
    random,
  );
  return candidates[drawn]?.id ?? 0;
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
