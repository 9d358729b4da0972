// What could follow a hypothesis of a beam search, and by which key hypotheses compete: their log-probability, or, in
// stochastic beams, one perturbed with Gumbel noise.
import type { Random } from '../random/random.ts';
import {
  choiceProbabilities,
  highestOf,
  logProbabilitiesOf,
  penalizedLogits,
  type SamplingSettings,
} from './sampling.ts';

/** Sums over a hypothesis's tokens. */
export interface BeamSums {
  /** Log-probability after penalties: what the search maximises, and scores are made of. */
  readonly searched: number;
  /** The model's own log-probability. */
  readonly logProbability: number;
  /** Log-probability after penalties, temperature and cuts: what stochastic beams are drawn by. */
  readonly drawn: number;
  /** What hypotheses compete by; highest wins. */
  readonly key: number;
}

export const NO_TOKENS: BeamSums = { searched: 0, logProbability: 0, drawn: 0, key: 0 };

/** One more token after a hypothesis. */
export interface Candidate extends BeamSums {
  readonly id: number;
  /** The model's own log-probability of this token. */
  readonly ofToken: number;
}

export interface Expansion {
  /** [V] after the hypothesis. */
  readonly logits: ArrayLike<number>;
  /** The model's own log-probabilities of them. */
  readonly logProbabilities: Float64Array;
  /** Tokens of the hypothesis, the prompt's too. */
  readonly text: readonly number[];
}

/** The n best tokens after a hypothesis. */
export function bestCandidates(
  before: BeamSums,
  { logits, logProbabilities, text }: Expansion,
  settings: SamplingSettings,
  n: number,
  random: Random,
): Candidate[] {
  const searched = logProbabilitiesOf(penalizedLogits(logits, settings, text));
  const isStochastic = settings.temperature > 0;
  const drawn = isStochastic ? choiceProbabilities(logits, settings, text).map(Math.log) : searched;
  const keys = isStochastic ? perturbed(before, drawn, random) : searched.map((value) => before.searched + value);
  return highestOf(keys, n).flatMap((id) => {
    const key = keys[id] ?? Number.NEGATIVE_INFINITY;
    if (key === Number.NEGATIVE_INFINITY) return [];
    const ofToken = logProbabilities[id] ?? Number.NEGATIVE_INFINITY;
    return {
      id,
      ofToken,
      searched: before.searched + (searched[id] ?? 0),
      logProbability: before.logProbability + ofToken,
      drawn: before.drawn + (drawn[id] ?? 0),
      key,
    };
  });
}

/**
 * Perturbed log-probabilities of a hypothesis's continuations, so that their maximum is the hypothesis's own: then the
 * best k of all texts are k texts drawn without replacement (Kool et al. 2019, §4.1 and App. B.3).
 * @param drawn log-probabilities of the next token, [V]
 */
function perturbed(before: BeamSums, drawn: Float64Array, random: Random): Float64Array {
  const noisy = drawn.map((value) =>
    value === Number.NEGATIVE_INFINITY ? value : before.drawn + value + gumbel(random),
  );
  const highest = noisy.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return noisy.map((value) => {
    if (value === Number.NEGATIVE_INFINITY) return value;
    // −log(exp(−key) − exp(−highest) + exp(−value)), without the large exponentials.
    const v = before.key - value + log1mexp(value - highest);
    return before.key - Math.max(0, v) - Math.log1p(Math.exp(-Math.abs(v)));
  });
}

/** Standard Gumbel. */
function gumbel(random: Random): number {
  // The middle of the generator's steps: neither 0 nor 1.
  return -Math.log(-Math.log(random.uniform() + 2 ** -33));
}

/** log(1 − exp(a)), a ≤ 0. */
function log1mexp(a: number): number {
  return a > -Math.LN2 ? Math.log(-Math.expm1(a)) : Math.log1p(-Math.exp(a));
}
