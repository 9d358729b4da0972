// What a step takes: how many batches, and at which learning rate. Both follow from the tokens read, and so from the
// step's number alone; the page draws with the same functions that training asks.
import { FINAL_LEARNING_RATE_SHARE, type TrainingConfig } from './runConfig.ts';

/** What the number of batches depends on. */
export type RampSettings = Pick<TrainingConfig, 'batchSize' | 'accumulation' | 'rampTokens'>;

/** What the learning rate depends on. */
export type ScheduleSettings = RampSettings &
  Pick<TrainingConfig, 'steps' | 'learningRate' | 'warmupTokens' | 'schedule' | 'decayTokens'>;

/** The last part of a warmup-stable-decay schedule, in which the rate falls (Hu et al. 2024, MiniCPM). */
const DECAY_SHARE = 0.2;

/**
 * Where a step stands in the ramp: the number of batches grows by one whenever another of `accumulation` − 1 equal
 * parts of `rampTokens` has been read. Takes a turn for each number of batches, not for each step.
 */
function rampAt(
  step: number,
  { batchSize, accumulation, rampTokens }: RampSettings,
  contextLength: number,
): { tokens: number; batches: number } {
  const batchTokens = batchSize * contextLength;
  let tokens = 0;
  let left = step - 1;
  for (let batches = rampTokens > 0 ? 1 : accumulation; batches < accumulation; batches++) {
    const end = (batches * rampTokens) / (accumulation - 1);
    const steps = Math.max(0, Math.ceil((end - tokens) / (batches * batchTokens)));
    if (left < steps) return { tokens: tokens + left * batches * batchTokens, batches };
    tokens += steps * batches * batchTokens;
    left -= steps;
  }
  return { tokens: tokens + left * accumulation * batchTokens, batches: accumulation };
}

/**
 * Batches of a step: with a ramp they grow linearly in the tokens read, from 1 to `accumulation` over `rampTokens`
 * (GPT-3 App. B); else `accumulation`.
 * @param step number of the step to take, from 1 @param contextLength tokens of a sequence
 */
export const batchesAt = (step: number, training: RampSettings, contextLength: number): number =>
  rampAt(step, training, contextLength).batches;

/** Tokens read before a step. @param step its number, from 1 @param contextLength tokens of a sequence */
export const tokensAt = (step: number, training: RampSettings, contextLength: number): number =>
  rampAt(step, training, contextLength).tokens;

/**
 * Learning rate of a step: a linear warm-up, then the schedule's way to a tenth of the highest rate, where it stays
 * (GPT-3 App. B; a constant rate stays what it is). All is measured in tokens, those of the step included.
 * @param step number of the step to take, from 1 @param contextLength tokens of a sequence
 */
export function learningRateAt(step: number, training: ScheduleSettings, contextLength: number): number {
  const { learningRate, warmupTokens, decayTokens, steps } = training;
  const tokens = tokensAt(step + 1, training, contextLength);
  if (tokens <= warmupTokens) return (learningRate * tokens) / warmupTokens;
  const end = decayTokens > 0 ? decayTokens : tokensAt(steps + 1, training, contextLength);
  return learningRate * shareAt(tokens, training, end);
}

/** Share of the highest rate after the warm-up. @param end tokens after which the floor is reached */
function shareAt(tokens: number, { schedule, warmupTokens }: ScheduleSettings, end: number): number {
  const progressFrom = (start: number): number => Math.min(1, Math.max(0, (tokens - start) / Math.max(1, end - start)));
  const fallen = (progress: number): number => 1 - (1 - FINAL_LEARNING_RATE_SHARE) * progress;
  switch (schedule) {
    case 'cosine':
      return fallen(0.5 * (1 - Math.cos(Math.PI * progressFrom(warmupTokens))));
    case 'linear':
      return fallen(progressFrom(warmupTokens));
    case 'warmup-stable-decay':
      return fallen(progressFrom(Math.max(warmupTokens, (1 - DECAY_SHARE) * end)));
    case 'constant':
      return 1;
    default:
      return schedule satisfies never;
  }
}
