// For tests: every other choice that a config's switches have, one at a time and in pairs, on a tiny model.
import { GPT3_SWITCHES, type ModelConfig, type TrainingConfig } from '../src/config/runConfig.ts';

export interface Choice {
  readonly name: string;
  readonly model?: Partial<ModelConfig>;
  readonly training?: Partial<Pick<TrainingConfig, 'zLoss' | 'labelSmoothing'>>;
}

const model = (name: string, changes: Partial<ModelConfig>): Choice => ({ name, model: changes });

/** One entry per choice that is not GPT-3's. The dropout switches come with dropout, without which they do nothing. */
export const CHOICES: readonly Choice[] = [
  model('one key/value head', { nKeyValueHead: 1 }),
  model('two key/value heads', { nKeyValueHead: 2 }),
  model('a band of 2', { band: 2 }),
  model('looking both ways', { causal: false }),
  model('sinusoidal positions', { positions: 'sinusoidal' }),
  model('rotary positions', { positions: 'rotary' }),
  model('ALiBi', { positions: 'alibi' }),
  model('no positions', { positions: 'none' }),
  model('RMS norm', { norm: 'rms' }),
  model('post-norm', { normPlacement: 'post' }),
  model('exact GELU', { activation: 'gelu-exact' }),
  model('ReLU', { activation: 'relu' }),
  model('SwiGLU', { activation: 'swiglu' }),
  model('an output layer of its own', { tiedOutput: false }),
  model('no biases', { biases: false }),
  model('dropout', { dropout: 0.25 }),
  model('dropout but of embeddings', { dropout: 0.25, dropEmbedding: false }),
  model('dropout but of attention', { dropout: 0.25, dropAttention: false }),
  model('dropout but of the stream', { dropout: 0.25, dropResidual: false }),
  model('dropout after post-norm', { dropout: 0.25, dropoutAfterNorm: true, normPlacement: 'post' }),
  model('the last token predicted', { prediction: 'last' }),
  model('one prediction from the mean', { prediction: 'mean' }),
  { name: 'z-loss', training: { zLoss: 0.01 } },
  { name: 'label smoothing', training: { labelSmoothing: 0.1 } },
];

const fieldsOf = ({ model = {}, training = {} }: Choice): string[] => [...Object.keys(model), ...Object.keys(training)];

/** All pairs of choices that concern different fields. */
export function pairsOf(choices: readonly Choice[]): [Choice, Choice][] {
  return choices.flatMap((one, i) =>
    choices
      .slice(i + 1)
      .filter((other) => !fieldsOf(other).some((field) => fieldsOf(one).includes(field)))
      .map((other): [Choice, Choice] => [one, other]),
  );
}

/** Two layers of four heads, 8 wide, with these choices. */
export function changed(...choices: readonly Choice[]): {
  model: ModelConfig;
  objective: Pick<TrainingConfig, 'zLoss' | 'labelSmoothing'>;
} {
  const sizes = { nLayer: 2, nHead: 4, nEmbd: 8, contextLength: 4, dropout: 0 };
  let model: ModelConfig = { ...GPT3_SWITCHES, ...sizes };
  let objective = { zLoss: 0, labelSmoothing: 0 };
  for (const choice of choices) {
    model = { ...model, ...choice.model };
    objective = { ...objective, ...choice.training };
  }
  return { model, objective };
}
