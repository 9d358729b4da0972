// What changes from step to step by plan: the learning rate, the batches of a step, and the tokens trained on so far.
// All of it is measured in tokens, so that it stays the same when the batch changes (GPT-3 App. B).
import { FINAL_LEARNING_RATE_SHARE, type TrainingConfig } from './runConfig.ts';

/** Share of a run, at its end, over which 'warmup-stable-decay' falls (Hägele et al. 2024). */
const STABLE_DECAY_SHARE = 0.2;

/**
 * Walks the stages of the batch ramp, in each of which all steps have equally many batches.
 * @returns tokens before a step (from 1), and its batches
 */
function stageOf(step: number, training: TrainingConfig, contextLength: number): { before: number; batches: number } {
  const { batchSize, accumulation, rampTokens } = training;
  const perBatch = batchSize * contextLength;
  let before = 0;
  let left = step - 1;
  for (let batches = 1; rampTokens > 0 && batches < accumulation; batches++) {
    const end = (batches * rampTokens) / (accumulation - 1);
    const steps = Math.max(0, Math.ceil((end - before) / (batches * perBatch)));
    if (left < steps) return { before: before + left * batches * perBatch, batches };
    before += steps * batches * perBatch;
    left -= steps;
  }
  return { before: before + left * accumulation * perBatch, batches: accumulation };
}

/** Batches whose gradients are averaged in a step. @param step from 1 */
export function batchesAt(step: number, training: TrainingConfig, contextLength: number): number {
  return stageOf(step, training, contextLength).batches;
}

/** Tokens trained on once so many steps are done. */
export function tokensAt(step: number, training: TrainingConfig, contextLength: number): number {
  return stageOf(step + 1, training, contextLength).before;
}

/**
 * @param step number of the step to take, from 1; beyond the end of the fall the rate stays at its floor
 * @param contextLength tokens of a sequence
 */
export function learningRateAt(step: number, training: TrainingConfig, contextLength: number): number {
  const { learningRate, warmupTokens, decayTokens, schedule, steps } = training;
  const tokens = tokensAt(step, training, contextLength);
  if (tokens <= warmupTokens) return (learningRate * tokens) / warmupTokens;
  const end = decayTokens > 0 ? decayTokens : tokensAt(steps, training, contextLength);
  const progress = Math.min(1, (tokens - warmupTokens) / Math.max(1, end - warmupTokens));
  const above = { cosine: 0.5 * (1 + Math.cos(Math.PI * progress)), linear: 1 - progress, constant: 1 };
  const share = schedule === 'warmup-stable-decay' ? Math.min(1, (1 - progress) / STABLE_DECAY_SHARE) : above[schedule];
  return learningRate * (FINAL_LEARNING_RATE_SHARE + (1 - FINAL_LEARNING_RATE_SHARE) * share);
}
