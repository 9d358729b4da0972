// The learning rate of a step: linear warm-up, then a cosine to 10 % of the highest rate (GPT-3 App. B), both measured
// in tokens.
import { FINAL_LEARNING_RATE_SHARE, type TrainingConfig } from '../config/runConfig.ts';

/**
 * @param step number of the step to take, from 1; beyond the last step the rate stays at its floor
 * @param contextLength tokens of a sequence
 */
export function learningRateAt(step: number, training: TrainingConfig, contextLength: number): number {
  const { learningRate, warmupTokens, batchSize, accumulation, steps } = training;
  const tokensPerStep = batchSize * accumulation * contextLength;
  const tokens = step * tokensPerStep;
  if (tokens <= warmupTokens) return (learningRate * tokens) / warmupTokens;
  const all = steps * tokensPerStep;
  const progress = Math.min(1, (tokens - warmupTokens) / Math.max(1, all - warmupTokens));
  const cosine = 0.5 * (1 + Math.cos(Math.PI * progress));
  return learningRate * (FINAL_LEARNING_RATE_SHARE + (1 - FINAL_LEARNING_RATE_SHARE) * cosine);
}
