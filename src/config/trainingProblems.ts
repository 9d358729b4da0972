// Settings of a recipe that contradict each other, each with the nearest that do not.
import type { ConfigProblem } from './configProblem.ts';
import { inWords } from './inWords.ts';
import type { RunConfig } from './runConfig.ts';
import { withTraining } from './withSettings.ts';

/** @returns at most one problem of each field, first the one to fix first */
export function trainingProblems(config: RunConfig): ConfigProblem[] {
  return [rampProblem, decayProblem].flatMap((find) => find(config) ?? []);
}

function rampProblem(config: RunConfig): ConfigProblem | undefined {
  const { accumulation, rampTokens } = config.training;
  if (rampTokens === 0 || accumulation > 1) return undefined;
  return {
    field: 'training.rampTokens',
    message: 'A batch ramp needs several batches per step; there is 1.',
    fix: { label: 'Remove the ramp', config: withTraining(config, { rampTokens: 0 }) },
  };
}

function decayProblem(config: RunConfig): ConfigProblem | undefined {
  const { decayTokens, warmupTokens, schedule } = config.training;
  if (decayTokens === 0 || schedule === 'constant' || decayTokens > warmupTokens) return undefined;
  return {
    field: 'training.decayTokens',
    message: `The decay ends after ${inWords(decayTokens)} tokens, before the warm-up of ${inWords(warmupTokens)} tokens is over.`,
    fix: { label: 'Decay until the run ends', config: withTraining(config, { decayTokens: 0 }) },
  };
}
