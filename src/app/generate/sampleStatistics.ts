// How probable a generated sample was to the model that wrote it.
import type { GeneratedToken } from '../../protocol/messages.ts';

export interface SampleStatistics {
  /** Natural logarithm of the whole text's probability. */
  readonly logProbability: number;
  /** exp(−mean): between how many equally likely tokens the model was torn. */
  readonly perplexity: number;
}

/** @returns undefined for a sample without tokens. Probabilities are at temperature 1, before any penalty or cut. */
export function sampleStatistics(
  tokens: readonly Pick<GeneratedToken, 'logProbability'>[],
): SampleStatistics | undefined {
  if (tokens.length === 0) return undefined;
  const logProbability = tokens.reduce((total, token) => total + token.logProbability, 0);
  return { logProbability, perplexity: Math.exp(-logProbability / tokens.length) };
}
