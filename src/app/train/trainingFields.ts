// The settings of training in words: labels, what they do, their ranges, and when they do nothing.
import type { TrainingConfig } from '../../config/runConfig.ts';

export type NumericSetting = Exclude<
  keyof TrainingConfig,
  'samplePrompt' | 'batchSize' | 'validationFraction' | 'optimizer' | 'schedule'
>;

export interface SettingField {
  readonly name: NumericSetting;
  readonly label: string;
  readonly help: string;
  readonly min: number;
  readonly max: number;
  readonly whole: boolean;
  /** Why it does nothing with the other settings as they are. */
  readonly inapplicable?: (training: TrainingConfig) => string | undefined;
}

const whole = { min: 0, whole: true };
const fraction = { min: 0, whole: false };

export const LENGTH_FIELDS: readonly SettingField[] = [
  {
    name: 'steps',
    label: 'Steps',
    help: 'How long to train. A learning rate that falls does so over this length, unless Decay tokens are set.',
    ...whole,
    min: 1,
    max: 1e6,
  },
  {
    name: 'learningRate',
    label: 'Learning rate',
    help: 'The highest learning rate, reached after the warm-up. Too high diverges, too low crawls.',
    ...fraction,
    max: 1,
  },
  {
    name: 'warmupTokens',
    label: 'Warm-up tokens',
    help: 'Tokens over which the learning rate rises from 0.',
    ...whole,
    max: 1e12,
  },
  {
    name: 'decayTokens',
    label: 'Decay tokens',
    help: 'Tokens after which the learning rate has fallen to a tenth and stays there; 0 means at the end of the run. GPT-3: 260 billion of 300.',
    ...whole,
    max: 1e15,
    inapplicable: ({ schedule }) => (schedule === 'constant' ? 'A constant rate does not fall.' : undefined),
  },
];

export const BATCH_FIELDS: readonly SettingField[] = [
  {
    name: 'accumulation',
    label: 'Batches per step',
    help: 'Gradient accumulation: batches whose gradients are averaged in one step: a larger batch without more memory; GPT-3 used batches of 0.5–3.2 million tokens.',
    ...whole,
    min: 1,
    max: 64,
  },
  {
    name: 'rampTokens',
    label: 'Batch ramp',
    help: 'Tokens over which a step’s batches grow in number from 1 to all of them; 0 means all from the start. GPT-3: 4 to 12 billion.',
    ...whole,
    max: 1e12,
    inapplicable: ({ accumulation }) => (accumulation === 1 ? 'Needs several batches per step.' : undefined),
  },
];

export const OPTIMIZER_FIELDS: readonly SettingField[] = [
  {
    name: 'beta1',
    label: 'β₁ (momentum)',
    help: 'How much of the former gradients’ mean each step keeps; 0.9 in GPT-3.',
    ...fraction,
    max: 0.9999,
  },
  {
    name: 'beta2',
    label: 'β₂',
    help: 'How much of the former gradients’ mean square each step keeps; 0.95 in GPT-3.',
    ...fraction,
    max: 0.99999,
    inapplicable: ({ optimizer }) => (optimizer === 'sgd' ? 'SGD keeps no mean square.' : undefined),
  },
  {
    name: 'weightDecay',
    label: 'Weight decay',
    help: 'Pulls weight matrices towards 0; 0.1 in GPT-3.',
    ...fraction,
    max: 10,
  },
  {
    name: 'clipNorm',
    label: 'Clip norm',
    help: 'Gradients longer than this are shortened to it; 1 in GPT-3, 0 switches it off.',
    ...fraction,
    max: 1e6,
  },
];

export const LOSS_FIELDS: readonly SettingField[] = [
  {
    name: 'zLoss',
    label: 'z-loss',
    help: 'Weight of a term that keeps the logits from drifting away together; 0.0001 in PaLM, 0 switches it off.',
    ...fraction,
    max: 1,
  },
  {
    name: 'labelSmoothing',
    label: 'Label smoothing',
    help: 'Share of every target that is spread evenly over the vocabulary, against overconfidence; 0 in GPT-3.',
    ...fraction,
    max: 0.9,
  },
];

export const DIARY_FIELDS: readonly SettingField[] = [
  {
    name: 'evalEvery',
    label: 'Evaluate every',
    help: 'Steps between two measurements of the validation loss.',
    ...whole,
    min: 1,
    max: 1e6,
  },
  {
    name: 'sampleEvery',
    label: 'Sample every',
    help: 'Steps between two entries of the learning diary.',
    ...whole,
    min: 1,
    max: 1e6,
  },
  { name: 'sampleLength', label: 'Sample length', help: 'Tokens per diary sample.', ...whole, min: 1, max: 1000 },
];

interface Choice {
  readonly label: string;
  /** In the summary. */
  readonly short: string;
  readonly description: string;
}

export const OPTIMIZER_CHOICES: Readonly<Record<TrainingConfig['optimizer'], Choice>> = {
  adamw: { label: 'AdamW (GPT-3)', short: 'AdamW', description: 'Adam with weight decay apart from the gradient.' },
  adam: { label: 'Adam', short: 'Adam', description: 'As first published: weight decay is part of the gradient.' },
  sgd: {
    label: 'SGD with momentum',
    short: 'SGD',
    description: 'One rate for all weights; it wants rates far higher than Adam’s.',
  },
  muon: {
    label: 'Muon',
    short: 'Muon',
    description: 'Momentum whose matrices are made orthogonal; all else by Adam.',
  },
};

export const SCHEDULE_CHOICES: Readonly<Record<TrainingConfig['schedule'], Choice>> = {
  cosine: {
    label: 'Cosine (GPT-3)',
    short: 'cosine',
    description: 'After the warm-up, half a cosine down to a tenth.',
  },
  linear: { label: 'Linear', short: 'linear', description: 'After the warm-up, a straight line down to a tenth.' },
  constant: { label: 'Constant', short: 'constant', description: 'After the warm-up, the rate stays.' },
  'warmup-stable-decay': {
    label: 'Warm-up, stable, decay',
    short: 'warm-up, stable, decay',
    description: 'The rate stays for most of the run and falls near its end.',
  },
};
