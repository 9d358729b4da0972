// Every text of the Model panel: labels, help, what each choice means. How choices are summed up is `architectureSummary.ts`.
import type { ModelConfig } from '../../config/runConfig.ts';

export interface Choice {
  readonly label: string;
  /** In the summary. */
  readonly short: string;
  readonly description: string;
}

export const MODEL_COPY = {
  size: {
    label: 'Model size',
    help: 'Layers, heads, width and context, after the models in GPT-3’s table. The recipe stays the same.',
    custom: 'Custom',
    customDescription: 'Custom size.',
  },
  recipe: {
    label: 'Recipe',
    help: 'A recipe is an architecture and how it is trained. Choosing one sets all the switches below at once.',
    custom: 'Custom',
    customDescription: 'Custom architecture and training settings.',
  },
  architecture: 'Architecture',
  groups: {
    attention: 'Attention',
    positions: 'Positions',
    norm: 'Normalization',
    feedForward: 'Feed-forward',
    output: 'Output',
    dropout: 'Dropout',
  },
  cost: {
    parameters: 'parameters',
    parametersHelp: (count: string) => `${count} numbers that training adjusts.`,
    breakdown: 'Breakdown',
    memory: 'Memory',
    memoryHelp: 'Weights, gradients, optimizer state and activations at the peak of a training step. An estimate.',
    budget: (bytes: string) => `of ${bytes}`,
    work: 'Work per step',
    workHelp: 'Floating-point operations of one training step, forward and backward.',
    stepTime: 'Time per step',
    stepTimeHelp: 'At the speed measured on this device.',
    runTime: (steps: string) => `${steps} steps`,
    runTimeHelp: 'The whole run, at the speed measured on this device.',
    about: (duration: string) => `≈ ${duration}`,
    measuring: 'measuring…',
  },
} as const;

interface SizeField {
  readonly name: 'nLayer' | 'nHead' | 'nEmbd' | 'contextLength' | 'dropout';
  readonly label: string;
  readonly help: string;
  readonly min: number;
  readonly max: number;
  readonly step?: number | 'any';
}

export const SIZE_FIELDS: readonly SizeField[] = [
  {
    name: 'nLayer',
    label: 'Layers',
    help: 'Transformer blocks, one after another. Each is attention followed by a feed-forward network.',
    min: 1,
    max: 96,
  },
  {
    name: 'nHead',
    label: 'Heads',
    help: 'Attention heads per layer. Each learns to attend to something different.',
    min: 1,
    max: 128,
  },
  {
    name: 'nEmbd',
    label: 'Width',
    help: 'Size of the vector that represents each token (the residual stream). A multiple of the heads.',
    min: 4,
    max: 12_288,
    step: 1,
  },
  {
    name: 'contextLength',
    label: 'Context',
    help: 'How many tokens the model can attend to at once.',
    min: 4,
    max: 4096,
  },
  {
    name: 'dropout',
    label: 'Dropout',
    help: 'Share of activations dropped at random during training. GPT-3 uses 0; more helps against memorising a short text.',
    min: 0,
    max: 0.9,
    step: 0.05,
  },
];

export const BATCH_SIZE = {
  label: 'Batch size',
  help: 'Windows of text in each batch. Each window is as long as the context.',
} as const;
export const SEED = { label: 'Seed', help: 'The same seed and settings give the same run.' } as const;

/** Switches that are on or off, and numbers of the architecture. */
export const SWITCH_COPY = {
  causal: { label: 'Causal mask', description: 'Each token attends only to itself and earlier tokens.' },
  band: {
    label: 'Local attention window',
    description: 'Every second layer attends only to this many recent tokens. 0 = full attention.',
    unmaskedDescription: 'Every second layer attends only to tokens closer than this. 0 = full attention.',
  },
  nKeyValueHead: {
    label: 'Key/value heads (GQA)',
    description: 'Several heads share keys and values, which saves memory when generating. 0 = one per head.',
  },
  biases: { label: 'Biases', description: 'Linear layers and layer norms add a learned bias to each output.' },
  tiedOutput: {
    label: 'Tie the output to the embedding',
    description: 'The token embedding is also the output layer, which means fewer parameters to learn.',
  },
  dropEmbedding: { label: 'Embedding dropout', description: 'Drops entries of the token + position vectors.' },
  dropAttention: { label: 'Attention dropout', description: 'Drops attention weights, so a head ignores some tokens.' },
  dropResidual: {
    label: 'Residual dropout',
    description: 'Drops entries of what attention and feed-forward add to the residual stream.',
  },
  dropoutAfterNorm: {
    label: 'Dropout after the norm',
    description: 'Drops after each post-norm instead of before the residual sum.',
  },
} as const;

/** Why a switch does nothing with the other settings as they are. */
export const INAPPLICABLE = {
  noDropout: 'No effect while Dropout is 0.',
  preNorm: 'Only with post-norm: with pre-norm, no norm follows the residual sum.',
  noResidualDropout: 'Only with residual dropout.',
} as const;

export const POSITION_CHOICES: Readonly<Record<ModelConfig['positions'], Choice>> = {
  learned: {
    label: 'Learned (GPT-3)',
    short: 'learned positions',
    description: 'A learned vector for each position is added to the token’s vector.',
  },
  sinusoidal: {
    label: 'Sinusoidal',
    short: 'sinusoidal positions',
    description: 'Fixed sine and cosine waves are added to the token vectors. Nothing is learned.',
  },
  rotary: {
    label: 'Rotary (RoPE)',
    short: 'rotary positions',
    description: 'Queries and keys are rotated by their position, so attention depends on relative distance.',
  },
  alibi: {
    label: 'ALiBi',
    short: 'ALiBi',
    description: 'Attention scores fall with distance, at a different rate in each head. Nothing is learned.',
  },
  none: {
    label: 'None',
    short: 'no positions',
    description: 'Only the causal mask tells the model which token came first.',
  },
};

export const NORM_CHOICES: Readonly<Record<ModelConfig['norm'], Choice>> = {
  layer: {
    label: 'Layer norm (GPT-3)',
    short: 'layer norm',
    description: 'Shifts each token’s vector to mean 0 and scales it to standard deviation 1.',
  },
  rms: {
    label: 'RMS norm',
    short: 'RMS norm',
    description: 'Only scales each token’s vector, to a mean square of 1.',
  },
};

export const PLACEMENT_CHOICES: Readonly<Record<ModelConfig['normPlacement'], Choice>> = {
  pre: {
    label: 'Pre-norm (GPT-3)',
    short: 'pre-norm',
    description: 'Normalizes the input of attention and feed-forward. The residual stream itself is left alone.',
  },
  post: {
    label: 'Post-norm',
    short: 'post-norm',
    description:
      'Normalizes after each residual sum, as in the original transformer, and once more before the output. Harder to train when deep.',
  },
};

export const ACTIVATION_CHOICES: Readonly<Record<ModelConfig['activation'], Choice>> = {
  gelu: {
    label: 'GELU (tanh approximation, GPT-3)',
    short: 'GELU',
    description: 'A smooth ReLU that lets small negative values through. GPT-2 and GPT-3 use this approximation.',
  },
  'gelu-exact': {
    label: 'GELU (exact)',
    short: 'exact GELU',
    description:
      'A smooth ReLU that lets small negative values through, computed with the error function as in PyTorch.',
  },
  relu: { label: 'ReLU', short: 'ReLU', description: 'Negative values become 0.' },
  swiglu: {
    label: 'SwiGLU',
    short: 'SwiGLU',
    description: 'A second matrix gates the first. Both are two thirds as wide, which keeps the parameter count.',
  },
};

export const PREDICTION_CHOICES: Readonly<Record<ModelConfig['prediction'], Choice>> = {
  every: {
    label: 'At every position (GPT-3)',
    short: 'predicts at every position',
    description: 'Each position predicts the token after it: as many predictions per window as the context is long.',
  },
  last: {
    label: 'At the last position',
    short: 'predicts at the last position',
    description: 'One prediction per window, at the last position: far less training signal for the same work.',
  },
  mean: {
    label: 'From the mean',
    short: 'predicts from the mean',
    description:
      'One prediction per window, from the mean of all positions: far less training signal for the same work.',
  },
};

/** Labels of the switches that are a choice among several. */
export const CHOICE_LABELS = {
  positions: 'Position encoding',
  norm: 'Normalization',
  normPlacement: 'Norm placement',
  activation: 'Activation',
  prediction: 'Predict the next token',
} as const;

/** Parts of the summary that are no choice's own. */
export const SUMMARY_COPY = {
  band: (tokens: number) => `window ${tokens}`,
  noMask: 'no mask',
  sharedHeads: (heads: number, shared: number) => `${heads}:${shared} heads`,
  untied: 'untied',
  noBiases: 'no biases',
} as const;
