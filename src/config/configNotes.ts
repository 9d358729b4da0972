// What to know of a config that can be run but cannot work as one might hope: said calmly, and not in the way.
import type { ConfigNote } from './configProblem.ts';
import type { RunConfig } from './runConfig.ts';
import { runTokens } from './runTokens.ts';
import { withModel, withTraining } from './withSettings.ts';

export type { ConfigNote };

/** @returns a note for each such choice; empty for most configs. What cannot be run is `validateConfig`'s to say. */
export function configNotes(config: RunConfig): ConfigNote[] {
  return [answerInView, orderUnseen, loneBand, dropoutNowhere, warmupBeyondEnd, noRate].flatMap(
    (find) => find(config) ?? [],
  );
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
  const { causal, positions, band, nLayer } = config.model;
  // A mask or a band tells positions apart a little.
  if (causal || positions !== 'none' || (band > 0 && nLayer > 1)) return undefined;
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
    message: `The run ends after ${total.toLocaleString('en-GB')} tokens, before the warm-up does: the learning rate never reaches its highest.`,
    fix: {
      label: `Warm up over ${tenth.toLocaleString('en-GB')} tokens`,
      config: withTraining(config, { warmupTokens: tenth }),
    },
  };
}

function noRate(config: RunConfig): ConfigNote | undefined {
  if (config.training.learningRate > 0) return undefined;
  return { field: 'training.learningRate', message: 'With a learning rate of 0 nothing is learned.' };
}
