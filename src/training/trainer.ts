// What the training loop asks of a trainer, whichever way it computes, and what both ways share: the keys, rates and
// settings of a step. Batches come from outside; when to evaluate, sample and save is the worker's part.
import { ADAM_EPSILON, type TrainingConfig } from '../config/runConfig.ts';
import type { Batch, LanguageModel } from '../model/languageModel.ts';
import type { OptimizerRule } from '../ops/optimizer/optimizer.ts';
import { optimizerSettings } from '../ops/optimizer/settings.ts';
import { mix32 } from '../random/random.ts';

/** What a run's optimizer is made of, the same in all its steps. */
export type OptimizerChoice = Pick<TrainingConfig, 'optimizer' | 'beta1' | 'beta2'>;

/** Everything a run needs to go on exactly, besides its data: three buffers of [P] and the step. */
export interface TrainerSnapshot {
  /** Steps taken. */
  readonly step: number;
  readonly parameters: Float32Array;
  /** SGD and Muon keep their momentum here. */
  readonly firstMoment: Float32Array;
  /** Zeros where an optimizer has none. */
  readonly secondMoment: Float32Array;
}

export interface StepMetrics {
  /** Steps taken, this one included. */
  readonly step: number;
  /** Mean objective of the step's batches before the update, in nats. */
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

/** The optimizer of a run. */
export const ruleOf = ({ optimizer, beta1, beta2 }: OptimizerChoice): OptimizerRule => ({
  optimizer,
  beta1,
  beta2,
  epsilon: ADAM_EPSILON,
});

/** The dropout key of one batch of a step; other steps and other batches drop something else. */
export const dropoutKey = (seed: number, step: number, batch: number): number =>
  (mix32(seed) + step + Math.imul(batch, 0x85ebca6b)) | 0;

/**
 * The settings of a step for its update.
 * @param batches how many the step has @param learningRate of that step @param slot row of the log that it writes
 */
export function stepSettings(
  step: number,
  batches: number,
  training: TrainingConfig,
  learningRate: number,
  slot = 0,
): Float32Array {
  const { weightDecay, clipNorm, beta1, beta2 } = training;
  const gradientScale = 1 / batches;
  return optimizerSettings({ beta1, beta2, learningRate, weightDecay, clipNorm, step, gradientScale, slot });
}
