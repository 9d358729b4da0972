// What the training loop asks of a trainer, whichever way it computes, and what both ways share: the keys, rates and
// settings of a step. Batches come from outside; when to evaluate, sample and save is the worker's part.
import { ADAM_EPSILON, GPT3_RECIPE, type TrainingConfig } from '../config/runConfig.ts';
import type { Batch, LanguageModel } from '../model/languageModel.ts';
import { adamwSettings } from '../ops/adamw/settings.ts';
import { mix32 } from '../random/random.ts';

/** Everything a run needs to go on exactly, besides its data: three buffers of [P] and the step. */
export interface TrainerSnapshot {
  /** Steps taken. */
  readonly step: number;
  readonly parameters: Float32Array;
  readonly firstMoment: Float32Array;
  readonly secondMoment: Float32Array;
}

export interface StepMetrics {
  /** Steps taken, this one included. */
  readonly step: number;
  /** Mean loss of the step's batches before the update, in nats. */
  readonly loss: number;
  readonly learningRate: number;
  /** Global norm before clipping. */
  readonly gradientNorm: number;
}

export interface Trainer {
  readonly model: LanguageModel;
  /** Steps taken. */
  readonly step: number;
  /** Most steps that one call of `advance` should take: more would only wait in line. */
  readonly stepsAtOnce: number;
  /**
   * Takes steps, one after the other; each on the mean gradient of its batches (gradient accumulation), all of one shape.
   * A step whose loss or gradient is not finite changes nothing and is the last: its metrics are given, it is not counted.
   */
  advance(steps: readonly (readonly Batch[])[], training: TrainingConfig): Promise<StepMetrics[]>;
  /** Copies the state from the device. */
  snapshot(): Promise<TrainerSnapshot>;
  dispose(): void;
}

/** Adam's constants of a run. */
export const adamConstants = ({ beta1, beta2 }: Partial<Pick<TrainingConfig, 'beta1' | 'beta2'>>) => ({
  beta1: beta1 ?? GPT3_RECIPE.beta1,
  beta2: beta2 ?? GPT3_RECIPE.beta2,
  epsilon: ADAM_EPSILON,
});

/** The dropout key of one batch of a step; other steps and other batches drop something else. */
export const dropoutKey = (seed: number, step: number, batch: number): number =>
  (mix32(seed) + step + Math.imul(batch, 0x85ebca6b)) | 0;

/** The settings of a step for `adamw`. @param learningRate of that step @param slot row of the log that it writes */
export function stepSettings(
  step: number,
  batches: number,
  training: TrainingConfig,
  learningRate: number,
  slot = 0,
): Float32Array {
  const { weightDecay, clipNorm, beta1, beta2 } = training;
  return adamwSettings({ beta1, beta2, learningRate, weightDecay, clipNorm, step, gradientScale: 1 / batches, slot });
}
