// What may be chosen of a model besides its sizes, in words: labels, one sentence each, and the summary in one line.
import type { ModelConfig } from '../../config/runConfig.ts';

export interface Choice {
  readonly label: string;
  /** In the summary. */
  readonly short: string;
  readonly description: string;
}

export const POSITION_CHOICES: Readonly<Record<ModelConfig['positions'], Choice>> = {
  learned: {
    label: 'Learned (GPT-3)',
    short: 'learned positions',
    description: 'A learned vector for each place in the context is added to its token.',
  },
  sinusoidal: {
    label: 'Sinusoidal',
    short: 'sinusoidal positions',
    description: 'Fixed waves of many lengths are added to the tokens; nothing is learned.',
  },
  rotary: {
    label: 'Rotary (RoPE)',
    short: 'rotary positions',
    description: 'Queries and keys are turned by their place, so that attention sees distances.',
  },
  alibi: {
    label: 'ALiBi',
    short: 'ALiBi',
    description: 'Attention loses interest with distance, in each head at another pace; nothing is learned.',
  },
  none: {
    label: 'None',
    short: 'no positions',
    description: 'Only the mask tells the model which token came first.',
  },
};

export const NORM_CHOICES: Readonly<Record<ModelConfig['norm'], Choice>> = {
  layer: {
    label: 'Layer norm (GPT-3)',
    short: 'layer norm',
    description: 'Every token’s numbers are shifted to mean 0 and scaled to deviation 1.',
  },
  rms: {
    label: 'RMS norm',
    short: 'RMS norm',
    description: 'Every token’s numbers are only scaled, to a mean square of 1.',
  },
};

export const PLACEMENT_CHOICES: Readonly<Record<ModelConfig['normPlacement'], Choice>> = {
  pre: {
    label: 'Pre-norm (GPT-3)',
    short: 'pre-norm',
    description: 'Norms come before attention and feed-forward; the residual stream itself stays as it is.',
  },
  post: {
    label: 'Post-norm',
    short: 'post-norm',
    description:
      'Norms come after each residual sum, as in the first transformer, and a last one before the output, as in the blog’s model; harder to train when deep.',
  },
};

export const ACTIVATION_CHOICES: Readonly<Record<ModelConfig['activation'], Choice>> = {
  gelu: {
    label: 'GELU, by tanh (GPT-3)',
    short: 'GELU',
    description: 'A soft step that lets a little of what is below 0 through, by GPT-2’s approximation.',
  },
  'gelu-exact': {
    label: 'GELU, exact',
    short: 'exact GELU',
    description: 'The soft step itself, by the error function, as PyTorch computes it.',
  },
  relu: { label: 'ReLU', short: 'ReLU', description: 'What is below 0 becomes 0.' },
  swiglu: {
    label: 'SwiGLU',
    short: 'SwiGLU',
    description: 'A second matrix opens and shuts gates for the first; two thirds as wide for as many parameters.',
  },
};

export const PREDICTION_CHOICES: Readonly<Record<ModelConfig['prediction'], Choice>> = {
  every: {
    label: 'At every position (GPT-3)',
    short: 'asked everywhere',
    description: 'Each position is asked for the token after it: as many lessons as the context is long.',
  },
  last: {
    label: 'At the last position',
    short: 'asked at the end',
    description: 'One question a window, at its last position: far fewer lessons for the same work.',
  },
  mean: {
    label: 'From the mean of all',
    short: 'asked of the mean',
    description: 'One question a window, answered from the mean of all positions.',
  },
};

/** The architecture in one line: positions, norms and activation always, the rest where it is not GPT-3's dense way. */
export function architectureSummary(model: ModelConfig): string {
  const { nHead, nKeyValueHead, band, norm } = model;
  const parts = [
    POSITION_CHOICES[model.positions].short,
    PLACEMENT_CHOICES[model.normPlacement].short,
    norm === 'layer' ? '' : NORM_CHOICES[norm].short,
    ACTIVATION_CHOICES[model.activation].short,
    band === 0 ? '' : `band ${band}`,
    model.causal ? '' : 'no mask',
    nKeyValueHead === 0 || nKeyValueHead === nHead ? '' : `${nHead}:${nKeyValueHead} heads`,
    model.prediction === 'every' ? '' : PREDICTION_CHOICES[model.prediction].short,
    model.tiedOutput ? '' : 'untied',
    model.biases ? '' : 'no biases',
  ];
  return parts.filter((part) => part !== '').join(' · ');
}
