// One step of stochastic gradient descent with momentum (Polyak 1964; as PyTorch's SGD) over flat buffers:
// v = β₁ · v + g, p −= rate · v; weight decay is added to the clipped gradient.
import { runKernel, sizeOf, type Kernel } from '../../engine/kernel.ts';
import * as tf from '../../engine/tf.ts';
import {
  clipped,
  flatUpdateProgram,
  flatUpdateVariants,
  guarded,
  markOfEach,
  settingCode,
} from '../optimizer/flatUpdate.ts';
import { hostSetting } from '../optimizer/settings.ts';

export interface SgdConstants {
  readonly beta1: number;
  /** Parameters per entry of `marks`. */
  readonly blockSize: number;
}

type Inputs = [
  parameters: tf.Tensor1D,
  momentum: tf.Tensor1D,
  gradient: tf.Tensor1D,
  norm: tf.Scalar,
  marks: tf.Tensor1D,
  settings: tf.Tensor1D,
];
type Outputs = [parameters: tf.Tensor1D, momentum: tf.Tensor1D];

/**
 * From parameters, momentum and gradient [P], the gradient's norm, `marks` [⌈P / blockSize⌉] (see `MARK`) and
 * `optimizerSettings` [8] to the next parameters and momentum. A norm that is not finite changes nothing.
 */
export const sgdKernel = ({ beta1, blockSize }: SgdConstants): Kernel<Inputs, Outputs> => ({
  name: 'sgd',
  outputs: (parameters, momentum) => [parameters, momentum],
  reference: (parameters, momentum, gradient, norm, marks, settings) => {
    const decays = tf.cast(markOfEach(marks, blockSize, parameters.size), 'float32');
    const decay = tf.mul(parameters, tf.mul(decays, hostSetting(settings, 'weightDecay')));
    const v = tf.add(tf.mul(momentum, beta1), tf.add(clipped(gradient, norm, settings), decay));
    const p = tf.sub(parameters, tf.mul(v, hostSetting(settings, 'learningRate')));
    return [guarded(norm, p, parameters), guarded(norm, v, momentum)];
  },
  program: ({ inputs, outputs, variant, traits }) => {
    const [parameters, , gradient, norm, marks, settings] = inputs;
    return flatUpdateProgram(
      {
        label: 'sgd',
        size: sizeOf(parameters.shape),
        blockSize,
        norm: { input: 3, spec: norm },
        settings: { input: 5, spec: settings },
        buffers: (shader, options) => {
          shader.output('parameters', 0, outputs[0], options);
          shader.output('momentum', 1, outputs[1], options);
          shader.input('gradient', 2, gradient, options);
          shader.input('marks', 4, marks);
        },
        body: (load, store) => `    let p = parameters_${load}(i);
    let decay = ${settingCode('weightDecay')} * f32(marks_at(i / ${blockSize}u));
    let v = momentum_${load}(i) * ${beta1}f + gradient_${load}(i) * scale + p * decay;
    parameters_${store}(i, p - v * ${settingCode('learningRate')});
    momentum_${store}(i, v);`,
      },
      variant,
      traits,
    );
  },
  variants: flatUpdateVariants,
  inPlace: [
    [0, 0],
    [1, 1],
  ],
});

/** The next parameters and momentum; caller disposes them and the old ones. See `sgdKernel`. */
export function sgd(
  state: { readonly parameters: tf.Tensor1D; readonly firstMoment: tf.Tensor1D },
  gradient: tf.Tensor1D,
  norm: tf.Scalar,
  marks: tf.Tensor1D,
  settings: tf.Tensor1D,
  constants: SgdConstants,
): { parameters: tf.Tensor1D; firstMoment: tf.Tensor1D } {
  const { parameters, firstMoment } = state;
  const [p, v] = runKernel(sgdKernel(constants), parameters, firstMoment, gradient, norm, marks, settings);
  return { parameters: p, firstMoment: v };
}
