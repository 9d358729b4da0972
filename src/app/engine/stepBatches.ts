// How many batches a step of a run takes, in words: the engine measures one.
import type { RunConfig } from '../../config/runConfig.ts';
import { batchesAt } from '../../config/schedule.ts';

/** @param step taken last @returns undefined where each step takes one batch, as measured */
export function batchesSentence(
  { model, training }: Pick<RunConfig, 'model' | 'training'>,
  step: number,
): string | undefined {
  const { accumulation, rampTokens } = training;
  if (accumulation === 1) return undefined;
  const measured = 'Times are those of one batch and the update; a step of this run takes';
  if (rampTokens === 0) return `${measured} ${accumulation} batches.`;
  const next = batchesAt(step + 1, training, model.contextLength);
  return `${measured} up to ${accumulation} batches, the next one ${next}.`;
}
