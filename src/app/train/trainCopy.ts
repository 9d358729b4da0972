// Every text of the training settings: labels, help, what each choice means. Charts and diary have copy of their own.
import type { TrainingConfig } from '../../config/runConfig.ts';

export const TRAIN_COPY = {
  settings: 'Settings',
  groups: {
    length: 'Length and learning rate',
    batches: 'Batches',
    update: 'Update',
    loss: 'Loss',
    diary: 'Evaluation and diary',
  },
  /** Beside a setting that a run that has begun can't take. */
  newRun: 'Takes effect in a new run.',
  live: 'All other settings take effect in this run at once, even while it trains.',
  optimizer: {
    label: 'Optimizer',
    help: 'How gradients change the weights.',
  },
  schedule: {
    label: 'Schedule',
    help: 'How the learning rate changes after the warm-up.',
  },
  diaryPrompt: {
    label: 'Diary prompt',
    help: 'The model continues this text in the learning diary. Leave it empty to use one that suits the text.',
  },
  stepsTooFew: (reached: string) =>
    `Steps can’t be fewer than ${reached}, the current step. To train for fewer steps, press New run.`,
  proposedRate: (parameters: string, rate: string) =>
    `For ${parameters} parameters, GPT-3’s table suggests a learning rate of ${rate}.`,
  takeRate: (rate: string) => `Use ${rate}`,
  summary: {
    steps: (steps: string) => `${steps} steps`,
    rate: (rate: string) => `rate ${rate}`,
    decay: (decay: string) => `decay ${decay}`,
    clip: (norm: string) => `clip ${norm}`,
  },
} as const;

export type NumericSetting = Exclude<
  keyof TrainingConfig,
  'samplePrompt' | 'batchSize' | 'validationFraction' | 'optimizer' | 'schedule'
>;

/** Labels and help of the settings that are numbers. */
export const NUMBER_COPY: Readonly<Record<NumericSetting, { readonly label: string; readonly help: string }>> = {
  steps: {
    label: 'Steps',
    help: 'How long to train. Unless Decay tokens are set, the learning rate decays over this length.',
  },
  learningRate: {
    label: 'Learning rate',
    help: 'The peak learning rate, reached after the warm-up. If it is too high, training diverges. If it is too low, training is slow.',
  },
  warmupTokens: { label: 'Warm-up tokens', help: 'Tokens over which the learning rate rises from 0 to its peak.' },
  decayTokens: {
    label: 'Decay tokens',
    help: 'Tokens after which the learning rate has decayed to 10% and stays there. 0 = at the end of the run. GPT-3: 260 of 300 billion.',
  },
  accumulation: {
    label: 'Batches per step',
    help: 'Gradient accumulation: averages the gradients of several batches in one step, for a larger batch without more memory. GPT-3 used 0.5–3.2 million tokens per step.',
  },
  rampTokens: {
    label: 'Batch ramp',
    help: 'Tokens over which a step grows from 1 batch to all of them. 0 = all from the start. GPT-3: 4–12 billion.',
  },
  beta1: {
    label: 'β₁ (momentum)',
    help: 'How much of the previous gradients’ mean each step keeps. GPT-3: 0.9.',
  },
  beta2: {
    label: 'β₂',
    help: 'How much of the previous gradients’ mean square each step keeps. GPT-3: 0.95.',
  },
  weightDecay: { label: 'Weight decay', help: 'Pulls weight matrices towards 0. GPT-3: 0.1.' },
  clipNorm: {
    label: 'Clip norm',
    help: 'Scales down gradients whose norm is larger than this. 0 = off. GPT-3: 1.',
  },
  zLoss: {
    label: 'z-loss',
    help: 'Weight of a penalty that keeps the logits from drifting. 0 = off. PaLM: 0.0001.',
  },
  labelSmoothing: {
    label: 'Label smoothing',
    help: 'Share of each target spread evenly over the vocabulary, against overconfidence. GPT-3: 0.',
  },
  evalEvery: { label: 'Evaluate every', help: 'Steps between two measurements of the validation loss.' },
  sampleEvery: { label: 'Sample every', help: 'Steps between two entries of the learning diary.' },
  sampleLength: { label: 'Sample length', help: 'Tokens in each diary sample.' },
};

/** Why a setting does nothing with the other settings as they are. */
export const INAPPLICABLE = {
  constantRate: 'No effect: a constant learning rate does not decay.',
  oneBatch: 'Needs several batches per step.',
  sgd: 'No effect: SGD keeps no mean square.',
} as const;

interface Choice {
  readonly label: string;
  /** In the summary. */
  readonly short: string;
  readonly description: string;
}

export const OPTIMIZER_CHOICES: Readonly<Record<TrainingConfig['optimizer'], Choice>> = {
  adamw: { label: 'AdamW (GPT-3)', short: 'AdamW', description: 'Adam with weight decay separate from the gradient.' },
  adam: { label: 'Adam', short: 'Adam', description: 'As first published: weight decay is part of the gradient.' },
  sgd: {
    label: 'SGD with momentum',
    short: 'SGD',
    description: 'One learning rate for all weights. It needs far higher rates than Adam.',
  },
  muon: {
    label: 'Muon',
    short: 'Muon',
    description: 'Orthogonalizes the momentum of weight matrices. Adam updates everything else.',
  },
};

export const SCHEDULE_CHOICES: Readonly<Record<TrainingConfig['schedule'], Choice>> = {
  cosine: {
    label: 'Cosine (GPT-3)',
    short: 'cosine',
    description: 'After the warm-up, decays along half a cosine to 10%.',
  },
  linear: { label: 'Linear', short: 'linear', description: 'After the warm-up, decays linearly to 10%.' },
  constant: { label: 'Constant', short: 'constant', description: 'After the warm-up, stays constant.' },
  'warmup-stable-decay': {
    label: 'Warm-up, stable, decay',
    short: 'warm-up, stable, decay',
    description: 'Stays at its peak for most of the run and decays near the end.',
  },
};

/** The planned schedule: its chart, its table, and the sentence that says it. */
export const SCHEDULE_COPY = {
  learningRate: 'Learning rate',
  tokensPerStep: 'Tokens per step',
  planned: 'by step, as planned',
  numbers: 'In numbers',
  table: 'Table of the schedule',
  columns: ['Step', 'Tokens read', 'Learning rate', 'Tokens per step'],
  at: (step: string, tokens: string) => `step ${step} (${tokens} tokens)`,
  risesToTheEnd: (rate: string, end: string) => `The learning rate rises throughout, to ${rate} at ${end}.`,
  starts: (rate: string) => `The learning rate starts at ${rate}`,
  rises: (rate: string, until: string) => `The learning rate rises to ${rate} by ${until}`,
  decays: (how: string, rate: string, when: string) => `then decays ${how} to ${rate} ${when}`,
  cosine: 'along a cosine',
  linear: 'linearly',
  by: (end: string) => `by ${end}`,
  byThenStays: (end: string, last: string) => `by ${end} and stays there until ${last}`,
  /** Where the run ends before its decay does. */
  cutOff: ', before the decay is complete',
  stays: (until: string) => `then stays there until ${until}`,
  staysThenDecays: (until: string, rate: string, when: string) =>
    `stays there until ${until}, then decays to ${rate} ${when}`,
  rampTooLong: (tokens: string) => `Every step has ${tokens} tokens: the batch ramp is too long for this run.`,
  ramp: (first: string, last: string, by: string) => `Each step grows from ${first} to ${last} tokens by ${by}.`,
} as const;
