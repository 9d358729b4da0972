// The learning rate of a step: linear warm-up, then a cosine to 10 % of the highest rate (GPT-3 App. B).
import { FINAL_LEARNING_RATE_SHARE, type TrainingConfig } from '../config/runConfig.ts';

/** @param step number of the step to take, from 1; beyond the last step the rate stays at its floor. */
export function learningRateAt(step: number, training: TrainingConfig): number {
  const { learningRate, warmupSteps, steps } = training;
  if (step <= warmupSteps) return (learningRate * step) / warmupSteps;
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, steps - warmupSteps));
  const cosine = 0.5 * (1 + Math.cos(Math.PI * progress));
  return learningRate * (FINAL_LEARNING_RATE_SHARE + (1 - FINAL_LEARNING_RATE_SHARE) * cosine);
}
