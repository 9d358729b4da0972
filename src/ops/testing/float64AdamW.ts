// AdamW in plain loops and double precision, entry by entry: what the optimizer is tested against. Not for training.
import type { StepSettings } from '../adamw/settings.ts';

export interface Float64AdamWState {
  readonly parameters: Float64Array;
  readonly firstMoment: Float64Array;
  readonly secondMoment: Float64Array;
}

export const float64Norm = (values: Float64Array): number => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));

/**
 * Algorithm 2 of Loshchilov & Hutter 2019, in place; the gradient is scaled as PyTorch's clip_grad_norm_ does.
 * @param decays one entry per parameter, 1 where weight decay applies
 */
export function float64AdamW(
  { parameters, firstMoment, secondMoment }: Float64AdamWState,
  gradient: Float64Array,
  decays: ArrayLike<number>,
  settings: StepSettings & { readonly epsilon: number },
): void {
  const { beta1, beta2, epsilon, step, learningRate, weightDecay, clipNorm, gradientScale = 1 } = settings;
  const norm = float64Norm(gradient) * gradientScale;
  const scale = gradientScale * (clipNorm > 0 ? Math.min(1, clipNorm / (norm + 1e-6)) : 1);
  for (let i = 0; i < parameters.length; i++) {
    const g = (gradient[i] ?? 0) * scale;
    const m = beta1 * (firstMoment[i] ?? 0) + (1 - beta1) * g;
    const v = beta2 * (secondMoment[i] ?? 0) + (1 - beta2) * g * g;
    const unbiasedM = m / (1 - beta1 ** step);
    const unbiasedV = v / (1 - beta2 ** step);
    const p = parameters[i] ?? 0;
    const decay = learningRate * weightDecay * (decays[i] ?? 0) * p;
    parameters[i] = p - decay - (learningRate * unbiasedM) / (Math.sqrt(unbiasedV) + epsilon);
    firstMoment[i] = m;
    secondMoment[i] = v;
  }
}
