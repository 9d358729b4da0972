// How probable a generated sample was to the model that wrote it.
import type { GeneratedToken } from '../../protocol/messages.ts';

export interface SampleStatistics {
  /** Natural logarithm, mean over the tokens. */
  readonly meanLogProbability: number;
  /** exp(−mean): between how many equally likely tokens the model was torn. */
  readonly perplexity: number;
}

/** @returns undefined for a sample without tokens. Probabilities are at temperature 1, before any cut. */
export function sampleStatistics(tokens: readonly Pick<GeneratedToken, 'probability'>[]): SampleStatistics | undefined {
  if (tokens.length === 0) return undefined;
  const sum = tokens.reduce((total, { probability }) => total + Math.log(Math.max(probability, 1e-30)), 0);
  const meanLogProbability = sum / tokens.length;
  return { meanLogProbability, perplexity: Math.exp(-meanLogProbability) };
}
