// Gradient descent with momentum in plain loops and double precision: what `sgd` is tested against. Not for training.
import type { StepSettings } from '../optimizer/settings.ts';
import { float64Clipped, type Float64State } from './float64AdamW.ts';

/** v = β₁ · v + g + decay · p, p −= rate · v, in place. @param decays 1 where weight decay applies */
export function float64Sgd(
  { parameters, firstMoment }: Float64State,
  gradient: Float64Array,
  decays: ArrayLike<number>,
  settings: StepSettings,
): void {
  float64Clipped(gradient, settings).forEach((g, i) => {
    const p = parameters[i] ?? 0;
    const v = settings.beta1 * (firstMoment[i] ?? 0) + g + settings.weightDecay * (decays[i] ?? 0) * p;
    parameters[i] = p - settings.learningRate * v;
    firstMoment[i] = v;
  });
}
