// One step of Adam (Kingma & Ba 2015) or AdamW (Loshchilov & Hutter 2019) over flat buffers, with clipping by the global
// norm (GPT-3 App. B: AdamW with β₁ 0.9, β₂ 0.95, ε 1e-8, clip 1.0, decay 0.1).
import { runKernel, type Kernel } from '../../engine/kernel.ts';
import * as tf from '../../engine/tf.ts';
import { clipped, flatUpdateVariants, guarded, markOfEach, type FlatState } from '../optimizer/flatUpdate.ts';
import { MARK } from '../optimizer/marks.ts';
import { hostSetting } from '../optimizer/settings.ts';
import { adamwProgram, type AdamWConstants, type AdamWInputs, type AdamWOutputs } from './adamw.wgsl.ts';

/**
 * From parameters, both moments and gradient [P], the gradient's norm, `marks` [⌈P / blockSize⌉] (see `MARK`) and
 * `optimizerSettings` [8] to the next parameters and moments. A norm that is not finite changes nothing.
 */
export const adamwKernel = (constants: AdamWConstants): Kernel<AdamWInputs, AdamWOutputs> => ({
  name: constants.decay === 'decoupled' ? 'adamw' : 'adam',
  outputs: (parameters, firstMoment, secondMoment) => [parameters, firstMoment, secondMoment],
  reference: (...inputs) => reference(constants, ...inputs),
  program: (site) => adamwProgram(site, constants),
  variants: flatUpdateVariants,
  inPlace: [
    [0, 0],
    [1, 1],
    [2, 2],
  ],
});

function reference(
  { beta1, beta2, epsilon, blockSize, decay, leavesMatrices }: AdamWConstants,
  ...[parameters, firstMoment, secondMoment, gradient, norm, marks, settings]: AdamWInputs
): AdamWOutputs {
  const learningRate = hostSetting(settings, 'learningRate');
  const weightDecay = hostSetting(settings, 'weightDecay');
  const each = markOfEach(marks, blockSize, parameters.size);
  const decays = tf.cast(each, 'float32');
  const plain = clipped(gradient, norm, settings);
  const g: tf.Tensor1D = decay === 'gradient' ? tf.add(plain, tf.mul(parameters, tf.mul(decays, weightDecay))) : plain;
  const m: tf.Tensor1D = tf.add(tf.mul(firstMoment, beta1), tf.mul(g, 1 - beta1));
  const v: tf.Tensor1D = tf.add(tf.mul(secondMoment, beta2), tf.mul(tf.square(g), 1 - beta2));
  const stepSize = learningRate * hostSetting(settings, 'stepSizeCorrection');
  const deviation = tf.add(tf.mul(tf.sqrt(v), hostSetting(settings, 'deviationCorrection')), epsilon);
  const kept =
    decay === 'decoupled' ? tf.mul(parameters, tf.sub(1, tf.mul(decays, learningRate * weightDecay))) : parameters;
  const p = tf.sub(kept, tf.mul(tf.div(m, deviation), stepSize));
  const left = leavesMatrices ? tf.equal(each, MARK.orthogonalised) : undefined;
  const next = (after: tf.Tensor, before: tf.Tensor1D): tf.Tensor1D =>
    guarded(norm, left === undefined ? after : tf.where(left, before, after), before);
  return [next(p, parameters), next(m, firstMoment), next(v, secondMoment)];
}

/**
 * The next state; caller disposes it and the old one. See `adamwKernel`.
 * @param gradient [P] @param norm its global norm, before scaling @param settings [8], made on this side
 */
export function adamw(
  { parameters, firstMoment, secondMoment }: FlatState,
  gradient: tf.Tensor1D,
  norm: tf.Scalar,
  marks: tf.Tensor1D,
  settings: tf.Tensor1D,
  constants: AdamWConstants,
): FlatState {
  const kernel = adamwKernel(constants);
  const [p, m, v] = runKernel(kernel, parameters, firstMoment, secondMoment, gradient, norm, marks, settings);
  return { parameters: p, firstMoment: m, secondMoment: v };
}
