// What to know of a config that can be run but cannot work as one might hope: said calmly, and not in the way.
import type { ConfigNote } from './configProblem.ts';
import type { ModelConfig, RunConfig } from './runConfig.ts';
import { runTokens } from './runTokens.ts';
import { withModel, withTraining } from './withSettings.ts';

export type { ConfigNote };

/** @returns a note for each such choice; empty for most configs. What cannot be run is `validateConfig`'s to say. */
export function configNotes(config: RunConfig): ConfigNote[] {
  return [
    answerInView,
    onlyFullWindows,
    orderUnseen,
    loneBand,
    dropoutNowhere,
    warmupBeyondEnd,
    rampBeyondEnd,
    noRate,
  ].flatMap((find) => find(config) ?? []);
}

/** What a model that is asked once per window never learns; undefined where every position is asked. */
export function unlearntLengths({ prediction, contextLength }: ModelConfig): string | undefined {
  if (prediction === 'every') return undefined;
  const where = prediction === 'last' ? 'at the last position of full windows' : 'on full windows';
  return `It is trained only ${where}, ${contextLength} tokens each: shorter texts, as most prompts are, are outside what it is trained on.`;
}

function onlyFullWindows({ model }: RunConfig): ConfigNote | undefined {
  const message = unlearntLengths(model);
  return message === undefined ? undefined : { field: 'model.prediction', message };
}

function answerInView(config: RunConfig): ConfigNote | undefined {
  const { causal, prediction } = config.model;
  if (causal || prediction !== 'every') return undefined;
  return {
    field: 'model.causal',
    message:
      'Every position is asked for the next token while it sees that token: the answer is in view, so the loss collapses and the samples are rubbish. The validation loss is measured at the ends of windows only, where the answer is hidden. Hide the future, or ask once per window.',
    fix: { label: 'Hide the future', config: withModel(config, { causal: true }) },
  };
}

function orderUnseen(config: RunConfig): ConfigNote | undefined {
  const { causal, positions, band, nLayer, contextLength } = config.model;
  // A mask, or a band that leaves something out, tells positions apart a little.
  const banded = band > 0 && band < contextLength && nLayer > 1;
  if (causal || positions !== 'none' || banded) return undefined;
  return {
    field: 'model.positions',
    message: 'Without positions and without a mask, the model sees which tokens there are, but not in which order.',
    fix: { label: 'Learn positions', config: withModel(config, { positions: 'learned' }) },
  };
}

function loneBand(config: RunConfig): ConfigNote | undefined {
  const { band, nLayer, contextLength } = config.model;
  if (band === 1 && nLayer > 1) {
    const wider = Math.ceil(contextLength / 2);
    return {
      field: 'model.band',
      message: 'With a band of one token, every second layer sees only the token itself.',
      fix: { label: `Use a band of ${wider}`, config: withModel(config, { band: wider }) },
    };
  }
  if (band === 0 || nLayer > 1) return undefined;
  return { field: 'model.band', message: 'The band begins with the second layer, and there is only one.' };
}

function dropoutNowhere(config: RunConfig): ConfigNote | undefined {
  const { dropout, dropEmbedding, dropAttention, dropResidual } = config.model;
  if (dropout === 0 || dropEmbedding || dropAttention || dropResidual) return undefined;
  return {
    field: 'model.dropout',
    message: 'Nothing is dropped: all places for dropout are switched off.',
    fix: { label: 'Use no dropout', config: withModel(config, { dropout: 0 }) },
  };
}

function warmupBeyondEnd(config: RunConfig): ConfigNote | undefined {
  const total = runTokens(config);
  if (config.training.warmupTokens <= total) return undefined;
  const tenth = Math.round(total / 10);
  return {
    field: 'training.warmupTokens',
    message: `The run ends after ${count(total)} tokens, before the warm-up does: the learning rate never reaches its highest.`,
    fix: {
      label: `Warm up over ${count(tenth)} tokens`,
      config: withTraining(config, { warmupTokens: tenth }),
    },
  };
}

function rampBeyondEnd(config: RunConfig): ConfigNote | undefined {
  const { rampTokens, accumulation } = config.training;
  const total = runTokens(config);
  if (accumulation === 1 || rampTokens <= total) return undefined;
  const longest = longestRamp(config);
  return {
    field: 'training.rampTokens',
    message: `The run ends after ${count(total)} tokens, before the batch ramp does: no step comes to have all its batches.`,
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

function noRate(config: RunConfig): ConfigNote | undefined {
  if (config.training.learningRate > 0) return undefined;
  return { field: 'training.learningRate', message: 'With a learning rate of 0 nothing is learned.' };
}

const count = (tokens: number): string => tokens.toLocaleString('en-GB');
