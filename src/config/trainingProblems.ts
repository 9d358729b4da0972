// Settings of a recipe that contradict each other, each with the nearest that do not.
import type { ConfigProblem } from './configProblem.ts';
import type { RunConfig } from './runConfig.ts';
import { runTokens } from './runTokens.ts';
import { withTraining } from './withSettings.ts';

/** @returns at most one problem of each field, first the one to fix first */
export function trainingProblems(config: RunConfig): ConfigProblem[] {
  return [rampProblem, decayProblem].flatMap((find) => find(config) ?? []);
}

function rampProblem(config: RunConfig): ConfigProblem | undefined {
  const { accumulation, rampTokens } = config.training;
  const field = 'training.rampTokens';
  if (rampTokens === 0) return undefined;
  if (accumulation === 1) {
    return {
      field,
      message: 'A batch ramp adds batches to a step one after another, but a step has only one batch.',
      fix: { label: 'Use no ramp', config: withTraining(config, { rampTokens: 0 }) },
    };
  }
  const total = runTokens(config);
  if (rampTokens <= total) return undefined;
  const longest = longestRamp(config);
  return {
    field,
    message: `A batch ramp of ${count(rampTokens)} tokens is longer than the run, which ends after ${count(total)}.`,
    fix: {
      label: `Use a ramp of ${count(longest)} tokens`,
      config: withTraining(config, { rampTokens: longest }),
    },
  };
}

/** A shorter ramp makes a run of more tokens; this is the longest that ends within its run. */
function longestRamp(config: RunConfig): number {
  const ends = (rampTokens: number): boolean => rampTokens <= runTokens(withTraining(config, { rampTokens }));
  let [fits, fitsNot] = [0, config.training.rampTokens];
  while (fitsNot - fits > 1) {
    const middle = Math.floor((fits + fitsNot) / 2);
    if (ends(middle)) fits = middle;
    else fitsNot = middle;
  }
  return fits;
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
