// How many batches a step of a run takes, in words: the engine measures one.
import type { RunConfig } from '../../config/runConfig.ts';
import { batchesAt } from '../../config/schedule.ts';
import { ENGINE_COPY } from './engineCopy.ts';

/** @param step taken last @returns undefined where each step takes one batch, as measured */
export function batchesSentence(
  { model, training }: Pick<RunConfig, 'model' | 'training'>,
  step: number,
): string | undefined {
  const { accumulation, rampTokens } = training;
  if (accumulation === 1) return undefined;
  if (rampTokens === 0) return ENGINE_COPY.batches(accumulation);
  const next = batchesAt(step + 1, training, model.contextLength);
  return ENGINE_COPY.batchesOnRamp(accumulation, next);
}
