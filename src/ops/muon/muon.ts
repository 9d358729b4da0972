// One step of Muon (Jordan et al. 2024) over flat buffers: matrices move along their Nesterov momentum, orthogonalised;
// everything else is AdamW's. Updates are scaled so that one learning rate and decay serve both (Liu et al. 2025 §2.2).
import { runKernel, sizeOf, type Kernel } from '../../engine/kernel.ts';
import * as tf from '../../engine/tf.ts';
import { adamw } from '../adamw/adamw.ts';
import {
  clipped,
  flatUpdateProgram,
  flatUpdateVariants,
  guarded,
  markOfEach,
  settingCode,
  type FlatState,
} from '../optimizer/flatUpdate.ts';
import { MARK } from '../optimizer/marks.ts';
import { hostSetting } from '../optimizer/settings.ts';
import { orthogonalised } from './newtonSchulz.ts';

/** A matrix in the flat buffers. */
export interface FlatMatrix {
  /** Place of its first element, a multiple of the block size. */
  readonly offset: number;
  readonly rows: number;
  readonly columns: number;
}

export interface MuonConstants {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Parameters per entry of `marks`. */
  readonly blockSize: number;
  /** Everything that is marked as orthogonalised. */
  readonly matrices: readonly FlatMatrix[];
}

/** AdamW's updates are about so large, each element by itself. */
const UPDATE_SIZE = 0.2;

type MomentumInputs = [
  momentum: tf.Tensor1D,
  gradient: tf.Tensor1D,
  norm: tf.Scalar,
  marks: tf.Tensor1D,
  settings: tf.Tensor1D,
];

/** m = β₁ · m + g for all matrices, clipped; momentum and gradient are [P]. A norm that is not finite changes nothing. */
export const momentumKernel = (beta1: number, blockSize: number): Kernel<MomentumInputs, [tf.Tensor1D]> => ({
  name: 'momentum',
  outputs: (momentum) => [momentum],
  reference: (momentum, gradient, norm, marks, settings) => {
    const isMatrix = tf.equal(markOfEach(marks, blockSize, momentum.size), MARK.orthogonalised);
    const m = tf.add(tf.mul(momentum, beta1), clipped(gradient, norm, settings));
    return [guarded(norm, tf.where(isMatrix, m, momentum), momentum)];
  },
  program: ({ inputs, outputs, variant, traits }) => {
    const [momentum, gradient, norm, marks, settings] = inputs;
    return flatUpdateProgram(
      {
        label: 'momentum',
        size: sizeOf(momentum.shape),
        blockSize,
        norm: { input: 2, spec: norm },
        settings: { input: 4, spec: settings },
        buffers: (shader, options) => {
          shader.output('momentum', 0, outputs[0], options);
          shader.input('gradient', 1, gradient, options);
          shader.input('marks', 3, marks);
        },
        body: (load, store) => `    if (marks_at(i / ${blockSize}u) != ${MARK.orthogonalised}) { continue; }
    momentum_${store}(i, momentum_${load}(i) * ${beta1}f + gradient_${load}(i) * scale);`,
      },
      variant,
      traits,
    );
  },
  variants: flatUpdateVariants,
  inPlace: [[0, 0]],
});

type NesterovInputs = [gradient: tf.Tensor2D, momentum: tf.Tensor2D, norm: tf.Scalar, settings: tf.Tensor1D];

/** g + β₁ · m of one matrix [R, C], clipped. Undefined where the norm is not finite. */
export const nesterovKernel = (beta1: number): Kernel<NesterovInputs, [tf.Tensor2D]> => ({
  name: 'nesterov',
  outputs: (gradient) => [gradient],
  reference: (gradient, momentum, norm, settings) => [
    tf.add(clipped(gradient, norm, settings), tf.mul(momentum, beta1)),
  ],
  program: ({ inputs, outputs, variant, traits }) => {
    const [gradient, momentum, norm, settings] = inputs;
    return flatUpdateProgram(
      {
        label: 'nesterov',
        size: sizeOf(gradient.shape),
        blockSize: sizeOf(gradient.shape),
        norm: { input: 2, spec: norm },
        settings: { input: 3, spec: settings },
        buffers: (shader, options) => {
          shader.output('direction', 0, outputs[0], options);
          shader.input('gradient', 0, gradient, options);
          shader.input('momentum', 1, momentum, options);
        },
        body: (load, store) =>
          `    direction_${store}(i, gradient_${load}(i) * scale + momentum_${load}(i) * ${beta1}f);`,
      },
      variant,
      traits,
    );
  },
  variants: flatUpdateVariants,
});

type MoveInputs = [
  parameters: tf.Tensor1D,
  direction: tf.Tensor2D,
  norm: tf.Scalar,
  settings: tf.Tensor1D,
  offset: tf.Tensor1D,
];

/**
 * Parameters [P] with one matrix, which begins at `offset` [1] int32, decayed and moved against its direction [R, C].
 * A norm that is not finite changes nothing. @param blockSize offset and P are multiples of it
 */
export const moveKernel = (blockSize: number): Kernel<MoveInputs, [tf.Tensor1D]> => ({
  name: 'muon',
  outputs: (parameters) => [parameters],
  reference: (parameters, direction, norm, settings, offset) => {
    const [start = 0] = offset.dataSync();
    const { size } = direction;
    const [rate, weightDecay] = [hostSetting(settings, 'learningRate'), hostSetting(settings, 'weightDecay')];
    const before = tf.slice(parameters, [start], [size]);
    const step: tf.Tensor1D = tf.reshape(tf.mul(direction, rate * scaleOf(direction.shape)), [size]);
    const after = guarded(norm, tf.sub(tf.mul(before, 1 - rate * weightDecay), step), before);
    const end = start + size;
    const rest = tf.slice(parameters, [end], [parameters.size - end]);
    return [tf.concat([tf.slice(parameters, [0], [start]), after, rest])];
  },
  program: ({ inputs, outputs, variant, traits }) => {
    const [, direction, norm, settings, offset] = inputs;
    return flatUpdateProgram(
      {
        label: 'muon',
        size: sizeOf(direction.shape),
        blockSize,
        norm: { input: 2, spec: norm },
        settings: { input: 3, spec: settings },
        buffers: (shader, options) => {
          shader.output('parameters', 0, outputs[0], options);
          shader.input('direction', 1, direction, options);
          shader.input('offset', 4, offset);
        },
        before: `  let start = u32(offset_at(0u));
  let rate = ${settingCode('learningRate')};
  let kept = 1.0 - rate * ${settingCode('weightDecay')};
  let step_size = rate * ${scaleOf(direction.shape)}f;`,
        body: (load, store) =>
          `    parameters_${store}(start + i, parameters_${load}(start + i) * kept - direction_${load}(i) * step_size);`,
      },
      variant,
      traits,
    );
  },
  variants: flatUpdateVariants,
  inPlace: [[0, 0]],
});

/** Makes an orthogonal matrix's elements as large on average as AdamW's updates. */
const scaleOf = ([rows = 1, columns = 1]: readonly number[]): number =>
  UPDATE_SIZE * Math.sqrt(Math.max(rows, columns));

/**
 * The next state; caller disposes it and the old one. Matrices keep their momentum where the first moment is, and no
 * second moment. A norm that is not finite changes nothing.
 * @param gradient [P] @param norm its global norm, before scaling @param settings [8], made on this side
 */
export function muon(
  state: FlatState,
  gradient: tf.Tensor1D,
  norm: tf.Scalar,
  marks: tf.Tensor1D,
  settings: tf.Tensor1D,
  { matrices, ...constants }: MuonConstants,
): FlatState {
  const { beta1, blockSize } = constants;
  const others = adamw(state, gradient, norm, marks, settings, {
    ...constants,
    decay: 'decoupled',
    leavesMatrices: true,
  });
  const [momentum] = runKernel(momentumKernel(beta1, blockSize), others.firstMoment, gradient, norm, marks, settings);
  others.firstMoment.dispose();
  let { parameters } = others;
  for (const { offset, rows, columns } of matrices) {
    const matrixOf = (flat: tf.Tensor1D): tf.Tensor2D =>
      tf.reshape(tf.slice(flat, [offset], [rows * columns]), [rows, columns]);
    const before = parameters;
    parameters = tf.tidy(() => {
      const [direction] = runKernel(nesterovKernel(beta1), matrixOf(gradient), matrixOf(momentum), norm, settings);
      const place = tf.tensor1d([offset], 'int32');
      return runKernel(moveKernel(blockSize), before, orthogonalised(direction), norm, settings, place)[0];
    });
    before.dispose();
  }
  return { parameters, firstMoment: momentum, secondMoment: others.secondMoment };
}
