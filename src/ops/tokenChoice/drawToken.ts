// From a row of logits and a number to a token, in double precision: what sampling on this side does, and what the
// kernel is compared with.

/** Which tokens stay. Each cut looks at what the one before it left; the most probable token always stays. */
export interface Cut {
  /** Divides the logits; 0 means that the most probable token is taken. */
  readonly temperature: number;
  /** Only the k most probable tokens (Fan et al. 2018), equal ones by id; 0 means off. */
  readonly topK: number;
  /** Only the smallest set of the most probable tokens whose share reaches p (Holtzman et al. 2020); 1 means off. */
  readonly topP: number;
  /** Only tokens at least so probable as a share of the most probable one (Nguyen et al. 2024); 0 means off. */
  readonly minP: number;
}

/**
 * The token at place `draw` of the distribution that the cut leaves, tokens in the order of their ids.
 * @param logits [V]; entries that are not numbers count as impossible @param draw in [0, 1)
 */
export function drawToken(logits: ArrayLike<number>, cut: Cut, draw: number): number {
  if (cut.temperature === 0) return indexOfHighest(logits);
  const weights = cutWeights(logits, cut);
  let total = 0;
  for (const weight of weights) total += weight;
  let left = draw * total;
  let last = 0;
  for (let id = 0; id < weights.length; id++) {
    const weight = weights[id] ?? 0;
    if (weight === 0) continue;
    last = id;
    left -= weight;
    if (left < 0) return id;
  }
  return last;
}

/** Weights of the tokens relative to the most probable one's 1; 0 for those cut off. @param cut its temperature above 0 */
export function cutWeights(logits: ArrayLike<number>, { temperature, topK, topP, minP }: Cut): Float64Array {
  const highest = logits[indexOfHighest(logits)] ?? 0;
  const weights = Float64Array.from(logits, (logit) => {
    // Apart, because an infinite highest logit minus itself is not a number.
    if (logit === highest) return 1;
    const weight = Math.exp((logit - highest) / temperature);
    return Number.isNaN(weight) ? 0 : weight;
  });
  const isCut = (topK > 0 && topK < weights.length) || topP < 1;
  if (isCut) {
    const byWeight = Array.from(weights.keys()).sort((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0) || a - b);
    const kept = topK > 0 ? byWeight.slice(0, topK) : byWeight;
    const total = kept.reduce((sum, id) => sum + (weights[id] ?? 0), 0);
    let mass = 0;
    const end = topP < 1 ? kept.findIndex((id) => (mass += weights[id] ?? 0) >= topP * total) : -1;
    const count = end >= 0 ? end + 1 : kept.length;
    for (const id of byWeight.slice(Math.max(1, count))) weights[id] = 0;
  }
  return minP > 0 ? weights.map((weight) => (weight >= Math.min(1, minP) ? weight : 0)) : weights;
}

/** The first of equal ones; 0 if no entry is a number. */
export function indexOfHighest(logits: ArrayLike<number>): number {
  let best = 0;
  let highest = Number.NEGATIVE_INFINITY;
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id] ?? Number.NaN;
    if (logit > highest) [best, highest] = [id, logit];
  }
  return best;
}
