// What changes from step to step in an optimizer step, as eight numbers that the device reads: nothing of it is baked
// into a plan.
import type * as tf from '../../engine/tf.ts';

export interface StepSettings {
  readonly learningRate: number;
  /** Number of this step, from 1, for the correction of the moments' bias. */
  readonly step: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly weightDecay: number;
  /** Largest global norm of the gradient; 0 means no clipping. */
  readonly clipNorm: number;
  /** Loss, gradient and norm are multiplied by it: 1 / number of batches that were added up. 1 unless told. */
  readonly gradientScale?: number;
  /** Row of the log that this step writes; 0 unless told. */
  readonly slot?: number;
}

/** The settings' order in their tensor [8]; the last place is free. */
export const SETTING = {
  learningRate: 0,
  /** 1 / (1 − β₁ᵗ). */
  stepSizeCorrection: 1,
  /** 1 / √(1 − β₂ᵗ). */
  deviationCorrection: 2,
  weightDecay: 3,
  clipNorm: 4,
  gradientScale: 5,
  slot: 6,
} as const;

/** What the kernels of a step read: [8]. */
export function optimizerSettings(settings: StepSettings): Float32Array<ArrayBuffer> {
  const { learningRate, step, beta1, beta2, weightDecay, clipNorm, gradientScale = 1, slot = 0 } = settings;
  const stepSizeCorrection = 1 / (1 - beta1 ** step);
  const deviationCorrection = 1 / Math.sqrt(1 - beta2 ** step);
  return Float32Array.of(
    learningRate,
    stepSizeCorrection,
    deviationCorrection,
    weightDecay,
    clipNorm,
    gradientScale,
    slot,
    0,
  );
}

/** One of the settings, from a tensor that was made on this side. */
export const hostSetting = (settings: tf.Tensor1D, name: keyof typeof SETTING): number =>
  settings.dataSync()[SETTING[name]] ?? Number.NaN;
