// One step of AdamW (Loshchilov & Hutter 2019) over flat buffers, with clipping by the global norm
// (GPT-3 App. B: β₁ 0.9, β₂ 0.95, ε 1e-8, clip 1.0, decay 0.1).
import { runKernel, type Kernel } from '../../engine/kernel.ts';
import * as tf from '../../engine/tf.ts';
import { adamwProgram, type AdamWInputs, type AdamWOutputs } from './adamw.wgsl.ts';
import { hostSetting, type AdamWConstants } from './settings.ts';

export { globalNorm } from './globalNorm.ts';
export { adamwSettings } from './settings.ts';

export interface AdamWState {
  /** All three [P]. */
  readonly parameters: tf.Tensor1D;
  readonly firstMoment: tf.Tensor1D;
  readonly secondMoment: tf.Tensor1D;
}

/**
 * From parameters, both moments and gradient [P], the gradient's norm, decays [⌈P / blockSize⌉] (1 where weight decay
 * applies, else 0) and `adamwSettings` [8] to the next parameters and moments. A norm that is not finite changes nothing.
 */
export const adamwKernel = (constants: AdamWConstants): Kernel<AdamWInputs, AdamWOutputs> => ({
  name: 'adamw',
  outputs: (parameters, firstMoment, secondMoment) => [parameters, firstMoment, secondMoment],
  reference: (...inputs) => reference(constants, ...inputs),
  program: (site) => adamwProgram(site, constants),
  variants: ({ traits }) => (traits.software ? ['64x16'] : ['256x1', '64x4']),
  inPlace: [
    [0, 0],
    [1, 1],
    [2, 2],
  ],
});

const LARGEST_FLOAT = 3.4028234e38;

function reference(
  { beta1, beta2, epsilon, blockSize }: AdamWConstants,
  ...[parameters, firstMoment, secondMoment, gradient, norm, decays, settings]: AdamWInputs
): AdamWOutputs {
  const learningRate = hostSetting(settings, 'learningRate');
  const clipNorm = hostSetting(settings, 'clipNorm');
  const gradientScale = hostSetting(settings, 'gradientScale');
  const scaled = tf.mul(gradient, gradientScale);
  const clipped =
    clipNorm > 0 ? tf.mul(scaled, tf.minimum(1, tf.div(clipNorm, tf.add(tf.mul(norm, gradientScale), 1e-6)))) : scaled;
  const m: tf.Tensor1D = tf.add(tf.mul(firstMoment, beta1), tf.mul(clipped, 1 - beta1));
  const v: tf.Tensor1D = tf.add(tf.mul(secondMoment, beta2), tf.mul(tf.square(clipped), 1 - beta2));
  const stepSize = learningRate * hostSetting(settings, 'stepSizeCorrection');
  const deviation = tf.add(tf.mul(tf.sqrt(v), hostSetting(settings, 'deviationCorrection')), epsilon);
  const decay = tf.mul(
    decayOfEach(decays, blockSize, parameters.size),
    learningRate * hostSetting(settings, 'weightDecay'),
  );
  const kept = tf.mul(parameters, tf.sub(1, decay));
  const p = tf.sub(kept, tf.mul(tf.div(m, deviation), stepSize));
  const isFinite = tf.lessEqual(norm, LARGEST_FLOAT);
  const guarded = (next: tf.Tensor, before: tf.Tensor1D): tf.Tensor1D =>
    tf.where(isFinite, next, before) as tf.Tensor1D;
  return [guarded(p, parameters), guarded(m, firstMoment), guarded(v, secondMoment)];
}

/** One entry per parameter. */
function decayOfEach(decays: tf.Tensor1D, block: number, size: number): tf.Tensor1D {
  const each = tf.cast(decays, 'float32');
  if (block === 1) return each;
  const blocks = tf.tile(tf.reshape(each, [each.size, 1]), [1, block]);
  const flat: tf.Tensor1D = tf.reshape(blocks, [each.size * block]);
  return tf.slice(flat, [0], [size]);
}

/**
 * The next state; caller disposes it and the old one. See `adamwKernel`.
 * @param gradient [P] @param norm its global norm, before scaling @param settings [8], made on this side
 */
export function adamw(
  { parameters, firstMoment, secondMoment }: AdamWState,
  gradient: tf.Tensor1D,
  norm: tf.Scalar,
  decays: tf.Tensor1D,
  settings: tf.Tensor1D,
  constants: AdamWConstants,
): AdamWState {
  const kernel = adamwKernel(constants);
  const [p, m, v] = runKernel(kernel, parameters, firstMoment, secondMoment, gradient, norm, decays, settings);
  return { parameters: p, firstMoment: m, secondMoment: v };
}
