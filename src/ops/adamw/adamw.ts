// One step of AdamW (Loshchilov & Hutter 2019) over flat buffers, with clipping by the global norm
// (GPT-3 App. B: β₁ 0.9, β₂ 0.95, ε 1e-8, clip 1.0, decay 0.1).
import * as tf from '../../engine/tf.ts';

export interface AdamWState {
  /** All three [P]. */
  readonly parameters: tf.Tensor1D;
  readonly firstMoment: tf.Tensor1D;
  readonly secondMoment: tf.Tensor1D;
}

export interface AdamWSettings {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** Largest global norm of the gradient; 0 means no clipping. */
  readonly clipNorm: number;
  /** Number of this step, from 1, for the correction of the moments' bias. */
  readonly step: number;
}

/** Euclidean norm of a whole gradient: a scalar. Caller disposes. */
export function globalNorm(gradient: tf.Tensor1D): tf.Scalar {
  return tf.tidy(() => tf.sqrt(tf.sum(tf.square(gradient))));
}

/**
 * @param gradient [P] @param norm its global norm @param decays [P], 1 where weight decay applies, else 0
 * @returns the next state; caller disposes it and the old one.
 */
export function adamw(
  state: AdamWState,
  gradient: tf.Tensor1D,
  norm: tf.Scalar,
  decays: tf.Tensor1D,
  settings: AdamWSettings,
): AdamWState {
  const { learningRate, beta1, beta2, epsilon, weightDecay, clipNorm, step } = settings;
  return tf.tidy(() => {
    const clipped =
      clipNorm > 0 ? tf.mul(gradient, tf.minimum(1, tf.div(clipNorm, tf.add(norm, 1e-6)))) : tf.clone(gradient);
    const firstMoment = tf.add(tf.mul(state.firstMoment, beta1), tf.mul(clipped, 1 - beta1)) as tf.Tensor1D;
    const secondMoment = tf.add(
      tf.mul(state.secondMoment, beta2),
      tf.mul(tf.square(clipped), 1 - beta2),
    ) as tf.Tensor1D;
    const stepSize = learningRate / (1 - beta1 ** step);
    const deviation = tf.add(tf.mul(tf.sqrt(secondMoment), 1 / Math.sqrt(1 - beta2 ** step)), epsilon);
    const kept = tf.mul(state.parameters, tf.sub(1, tf.mul(decays, learningRate * weightDecay)));
    const parameters = tf.sub(kept, tf.mul(tf.div(firstMoment, deviation), stepSize)) as tf.Tensor1D;
    return { parameters, firstMoment, secondMoment };
  });
}
