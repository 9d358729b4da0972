// Adam and AdamW in WGSL: one dispatch that rewrites parameters and moments where they are.
import { sizeOf, type Program, type Site } from '../../engine/kernel.ts';
import type * as tf from '../../engine/tf.ts';
import { flatUpdateProgram, settingCode } from '../optimizer/flatUpdate.ts';
import { MARK } from '../optimizer/marks.ts';

/** What stays the same in all steps. */
export interface AdamWConstants {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Parameters per entry of `marks`. */
  readonly blockSize: number;
  /** Weight decay acts on parameters ('decoupled': AdamW) or is added to the clipped gradient ('gradient': Adam). */
  readonly decay: 'decoupled' | 'gradient';
  /** Leaves alone what is marked as orthogonalised. */
  readonly leavesMatrices: boolean;
}

export type AdamWInputs = [
  parameters: tf.Tensor1D,
  firstMoment: tf.Tensor1D,
  secondMoment: tf.Tensor1D,
  gradient: tf.Tensor1D,
  norm: tf.Scalar,
  marks: tf.Tensor1D,
  settings: tf.Tensor1D,
];
export type AdamWOutputs = [parameters: tf.Tensor1D, firstMoment: tf.Tensor1D, secondMoment: tf.Tensor1D];

export function adamwProgram(
  { inputs, outputs, variant, traits }: Site<AdamWInputs, AdamWOutputs>,
  { beta1, beta2, epsilon, blockSize, decay, leavesMatrices }: AdamWConstants,
): Program {
  const [parameters, , , gradient, norm, marks, settings] = inputs;
  const mark = `marks_at(i / ${blockSize}u)`;
  const isDecoupled = decay === 'decoupled';
  return flatUpdateProgram(
    {
      label: isDecoupled ? 'adamw' : 'adam',
      size: sizeOf(parameters.shape),
      blockSize,
      norm: { input: 4, spec: norm },
      settings: { input: 6, spec: settings },
      buffers: (shader, options) => {
        shader.output('parameters', 0, outputs[0], options);
        shader.output('moment1', 1, outputs[1], options);
        shader.output('moment2', 2, outputs[2], options);
        shader.input('gradient', 3, gradient, options);
        shader.input('marks', 5, marks);
      },
      before: `  let rate = ${settingCode('learningRate')};
  let step_size = rate * ${settingCode('stepSizeCorrection')};
  let correction = ${settingCode('deviationCorrection')};
  let decay = ${isDecoupled ? 'rate * ' : ''}${settingCode('weightDecay')};`,
      body: (load, store, type) => `${
        leavesMatrices ? `    if (${mark} == ${MARK.orthogonalised}) { continue; }\n` : ''
      }    let p = parameters_${load}(i);
    let g = gradient_${load}(i) * scale${isDecoupled ? '' : ` + p * (decay * f32(${mark}))`};
    let m = moment1_${load}(i) * ${beta1}f + g * ${1 - beta1}f;
    let v = moment2_${load}(i) * ${beta2}f + g * g * ${1 - beta2}f;
    let kept = p${isDecoupled ? ` * (1.0 - decay * f32(${mark}))` : ''};
    parameters_${store}(i, kept - m / (sqrt(v) * correction + ${type}(${epsilon}f)) * step_size);
    moment1_${store}(i, m);
    moment2_${store}(i, v);`,
    },
    variant,
    traits,
  );
}
