// How much a whole run trains on.
import type { RunConfig } from './runConfig.ts';
import { tokensAt } from './schedule.ts';

/** Tokens that a run has read when its last step is done. */
export const runTokens = ({ model, training }: Pick<RunConfig, 'model' | 'training'>): number =>
  tokensAt(training.steps + 1, training, model.contextLength);
