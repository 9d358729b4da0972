// Settings of a recipe that contradict each other, each with the nearest that do not.
import type { ConfigProblem } from './configProblem.ts';
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
    message: 'A batch ramp adds batches to a step one after another, but a step has only one batch.',
    fix: { label: 'Use no ramp', config: withTraining(config, { rampTokens: 0 }) },
  };
}

function decayProblem(config: RunConfig): ConfigProblem | undefined {
  const { decayTokens, warmupTokens, schedule } = config.training;
  if (decayTokens === 0 || schedule === 'constant' || decayTokens > warmupTokens) return undefined;
  return {
    field: 'training.decayTokens',
    message: `The learning rate would reach its floor after ${count(decayTokens)} tokens, while its warm-up takes ${count(warmupTokens)}.`,
    fix: { label: 'Let it fall until the run ends', config: withTraining(config, { decayTokens: 0 }) },
  };
}

const count = (tokens: number): string => tokens.toLocaleString('en-GB');
