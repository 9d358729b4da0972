// What to know about a config that runs but may disappoint: said calmly, and not in the way.
import type { ConfigNote } from './configProblem.ts';
import { inWords } from './inWords.ts';
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

/** What a model that predicts once per window never learns; undefined where it predicts at every position. */
export function unlearntLengths({ prediction, contextLength }: ModelConfig): string | undefined {
  if (prediction === 'every') return undefined;
  const where = prediction === 'last' ? 'at the last position of full windows' : 'on full windows';
  return `The model is trained only ${where} (${inWords(contextLength)} tokens). Most prompts are shorter, so it has not learned to continue them.`;
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
      'Without a mask, each position can already see the token it must predict. The loss collapses, but the model learns to copy, not to predict. The validation loss is measured only at the ends of windows, where the answer is hidden. Use the causal mask, or predict once per window.',
    fix: { label: 'Use the causal mask', config: withModel(config, { causal: true }) },
  };
}

function orderUnseen(config: RunConfig): ConfigNote | undefined {
  const { causal, positions, band, nLayer, contextLength } = config.model;
  // A mask, or a band that leaves something out, tells positions apart a little.
  const banded = band > 0 && band < contextLength && nLayer > 1;
  if (causal || positions !== 'none' || banded) return undefined;
  return {
    field: 'model.positions',
    message: 'Without position encoding and without a mask, the model cannot tell the order of the tokens.',
    fix: { label: 'Use learned positions', config: withModel(config, { positions: 'learned' }) },
  };
}

function loneBand(config: RunConfig): ConfigNote | undefined {
  const { band, nLayer, contextLength } = config.model;
  if (band === 1 && nLayer > 1) {
    const wider = Math.ceil(contextLength / 2);
    return {
      field: 'model.band',
      message: 'With a local attention window of 1, each token in every second layer attends only to itself.',
      fix: { label: `Use a window of ${inWords(wider)}`, config: withModel(config, { band: wider }) },
    };
  }
  if (band === 0 || nLayer > 1) return undefined;
  return {
    field: 'model.band',
    message: 'The local attention window has no effect: it starts at the second layer, and this model has only one.',
  };
}

function dropoutNowhere(config: RunConfig): ConfigNote | undefined {
  const { dropout, dropEmbedding, dropAttention, dropResidual } = config.model;
  if (dropout === 0 || dropEmbedding || dropAttention || dropResidual) return undefined;
  return {
    field: 'model.dropout',
    message: 'Dropout has no effect: embedding, attention and residual dropout are all off.',
    fix: { label: 'Set dropout to 0', config: withModel(config, { dropout: 0 }) },
  };
}

function warmupBeyondEnd(config: RunConfig): ConfigNote | undefined {
  const total = runTokens(config);
  if (config.training.warmupTokens <= total) return undefined;
  const tenth = Math.round(total / 10);
  return {
    field: 'training.warmupTokens',
    message: `The run ends after ${inWords(total)} tokens, before the warm-up: the learning rate never reaches its peak.`,
    fix: {
      label: `Warm up over ${inWords(tenth)} tokens`,
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
    message: `The run ends after ${inWords(total)} tokens, before the batch ramp: no step ever reaches the full batch.`,
    fix: {
      label: `Use a ramp of ${inWords(longest)} tokens`,
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
  return { field: 'training.learningRate', message: 'With a learning rate of 0, the model learns nothing.' };
}
