// Adam and AdamW in plain loops and double precision, entry by entry: what the optimizers are tested against. Not for
// training.
import type { StepSettings } from '../optimizer/settings.ts';

export interface Float64State {
  readonly parameters: Float64Array;
  readonly firstMoment: Float64Array;
  readonly secondMoment: Float64Array;
}

export type Float64Settings = StepSettings & { readonly epsilon: number };

/** A state with these parameters and no moments yet. */
export const float64State = (parameters: ArrayLike<number>): Float64State => ({
  parameters: Float64Array.from(parameters),
  firstMoment: new Float64Array(parameters.length),
  secondMoment: new Float64Array(parameters.length),
});

export const float64Norm = (values: Float64Array): number => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));

/** The gradient scaled, and clipped as PyTorch's clip_grad_norm_ does. */
export function float64Clipped(gradient: Float64Array, { clipNorm, gradientScale = 1 }: StepSettings): Float64Array {
  const norm = float64Norm(gradient) * gradientScale;
  const scale = gradientScale * (clipNorm > 0 ? Math.min(1, clipNorm / (norm + 1e-6)) : 1);
  return gradient.map((g) => g * scale);
}

/**
 * Algorithm 2 of Loshchilov & Hutter 2019, in place.
 * @param decays one entry per parameter, 1 where weight decay applies
 */
export function float64AdamW(
  state: Float64State,
  gradient: Float64Array,
  decays: ArrayLike<number>,
  settings: Float64Settings,
): void {
  const { learningRate, weightDecay } = settings;
  const { parameters } = state;
  const before = parameters.slice();
  moveByMoments(state, float64Clipped(gradient, settings), settings);
  before.forEach((p, i) => (parameters[i] = (parameters[i] ?? 0) - learningRate * weightDecay * (decays[i] ?? 0) * p));
}

/** Algorithm 1 of Kingma & Ba 2015, in place; weight decay is L2: added to the clipped gradient. */
export function float64Adam(
  state: Float64State,
  gradient: Float64Array,
  decays: ArrayLike<number>,
  settings: Float64Settings,
): void {
  const { parameters } = state;
  const clipped = float64Clipped(gradient, settings);
  const decayed = clipped.map((g, i) => g + settings.weightDecay * (decays[i] ?? 0) * (parameters[i] ?? 0));
  moveByMoments(state, decayed, settings);
}

function moveByMoments(
  { parameters, firstMoment, secondMoment }: Float64State,
  gradient: Float64Array,
  { beta1, beta2, epsilon, step, learningRate }: Float64Settings,
): void {
  gradient.forEach((g, i) => {
    const m = beta1 * (firstMoment[i] ?? 0) + (1 - beta1) * g;
    const v = beta2 * (secondMoment[i] ?? 0) + (1 - beta2) * g * g;
    const unbiasedM = m / (1 - beta1 ** step);
    const unbiasedV = v / (1 - beta2 ** step);
    parameters[i] = (parameters[i] ?? 0) - (learningRate * unbiasedM) / (Math.sqrt(unbiasedV) + epsilon);
    firstMoment[i] = m;
    secondMoment[i] = v;
  });
}
