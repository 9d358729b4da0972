// The settings of training that are numbers: their groups, their ranges, and when they do nothing. Words are `trainCopy.ts`.
import type { TrainingConfig } from '../../config/runConfig.ts';
import { INAPPLICABLE, type NumericSetting } from './trainCopy.ts';

export interface SettingField {
  readonly name: NumericSetting;
  readonly min: number;
  readonly max: number;
  readonly whole: boolean;
  /** Why it does nothing with the other settings as they are. */
  readonly inapplicable?: (training: TrainingConfig) => string | undefined;
}

const whole = { min: 0, whole: true };
const fraction = { min: 0, whole: false };

export const LENGTH_FIELDS: readonly SettingField[] = [
  { name: 'steps', ...whole, min: 1, max: 1e6 },
  { name: 'learningRate', ...fraction, max: 1 },
  { name: 'warmupTokens', ...whole, max: 1e12 },
  {
    name: 'decayTokens',
    ...whole,
    max: 1e15,
    inapplicable: ({ schedule }) => (schedule === 'constant' ? INAPPLICABLE.constantRate : undefined),
  },
];

export const BATCH_FIELDS: readonly SettingField[] = [
  { name: 'accumulation', ...whole, min: 1, max: 64 },
  {
    name: 'rampTokens',
    ...whole,
    max: 1e12,
    inapplicable: ({ accumulation }) => (accumulation === 1 ? INAPPLICABLE.oneBatch : undefined),
  },
];

export const OPTIMIZER_FIELDS: readonly SettingField[] = [
  { name: 'beta1', ...fraction, max: 0.9999 },
  {
    name: 'beta2',
    ...fraction,
    max: 0.99999,
    inapplicable: ({ optimizer }) => (optimizer === 'sgd' ? INAPPLICABLE.sgd : undefined),
  },
  { name: 'weightDecay', ...fraction, max: 10 },
  { name: 'clipNorm', ...fraction, max: 1e6 },
];

export const LOSS_FIELDS: readonly SettingField[] = [
  { name: 'zLoss', ...fraction, max: 1 },
  { name: 'labelSmoothing', ...fraction, max: 0.9 },
];

export const DIARY_FIELDS: readonly SettingField[] = [
  { name: 'evalEvery', ...whole, min: 1, max: 1e6 },
  { name: 'sampleEvery', ...whole, min: 1, max: 1e6 },
  { name: 'sampleLength', ...whole, min: 1, max: 1000 },
];
