// Takes down a step's loss and norm in a log on the device, and lets a step that went wrong stop all later ones: nobody
// has to wait for the numbers before the next step starts.
import { runKernel, type Kernel, type Program, type Site } from '../../engine/kernel.ts';
import { Shader } from '../../engine/shader.ts';
import * as tf from '../../engine/tf.ts';
import { hostSetting, SETTING } from './settings.ts';

export interface StepRecord {
  /** [R, 2]: loss and norm of a step, scaled by the settings' `gradientScale`, in the row `slot`. */
  readonly log: tf.Tensor2D;
  /** [1]: 0 as long as all steps went well, then 1. */
  readonly latch: tf.Tensor1D;
  /** The norm, or NaN if this step or one before went wrong: the optimizer then changes nothing. */
  readonly norm: tf.Scalar;
}

type Inputs = [log: tf.Tensor2D, latch: tf.Tensor1D, loss: tf.Scalar, norm: tf.Scalar, settings: tf.Tensor1D];
type Outputs = [log: tf.Tensor2D, latch: tf.Tensor1D, guarded: tf.Scalar];

export const recordStepKernel: Kernel<Inputs, Outputs> = {
  name: 'recordStep',
  outputs: (log, latch) => [log, latch, { shape: [], dtype: 'float32' }],
  reference: (log, latch, loss, norm, settings) => {
    const numbers = [loss, norm].map((scalar) => scalar.dataSync()[0] ?? Number.NaN);
    const values = Float32Array.from(log.dataSync());
    const slot = Math.min(hostSetting(settings, 'slot'), log.shape[0] - 1);
    values.set(
      numbers.map((value) => value * hostSetting(settings, 'gradientScale')),
      slot * 2,
    );
    const isBad = (latch.dataSync()[0] ?? 1) !== 0 || !numbers.every(Number.isFinite);
    return [
      tf.tensor2d(values, log.shape),
      tf.tensor1d([isBad ? 1 : 0], latch.dtype === 'int32' ? 'int32' : 'float32'),
      tf.scalar(isBad ? Number.NaN : (numbers[1] ?? Number.NaN)),
    ];
  },
  program: recordStepProgram,
  inPlace: [
    [0, 0],
    [1, 1],
  ],
};

function recordStepProgram({ inputs, outputs }: Site<Inputs, Outputs>): Program {
  const [log, , loss, norm, settings] = inputs;
  const shader = new Shader();
  shader.output('log', 0, outputs[0]);
  shader.output('latch', 1, outputs[1]);
  shader.output('guarded', 2, outputs[2]);
  shader.input('loss', 2, loss);
  shader.input('norm', 3, norm);
  shader.input('settings', 4, settings);
  shader.add(`fn is_bad(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) == 0x7f800000u; }

@compute @workgroup_size(1) fn main() {
  let slot = min(u32(settings_at(${SETTING.slot}u)), ${(log.shape[0] ?? 1) - 1}u);
  let scale = settings_at(${SETTING.gradientScale}u);
  log_set(slot * 2u, loss_at(0u) * scale);
  log_set(slot * 2u + 1u, norm_at(0u) * scale);
  var guarded_bits = bitcast<u32>(norm_at(0u));
  if (latch_at(0u) != 0 || is_bad(loss_at(0u)) || is_bad(norm_at(0u))) {
    latch_set(0u, 1);
    guarded_bits = 0x7fc00000u;
  }
  guarded_set(0u, bitcast<f32>(guarded_bits));
}`);
  return { dispatches: [shader.dispatch('recordStep', [1, 1, 1])] };
}

/** See `StepRecord`. Caller disposes. @param loss scalar @param norm scalar @param settings [8], see `optimizerSettings` */
export function recordStep(
  log: tf.Tensor2D,
  latch: tf.Tensor1D,
  loss: tf.Scalar,
  norm: tf.Scalar,
  settings: tf.Tensor1D,
): StepRecord {
  const [nextLog, nextLatch, guarded] = runKernel(recordStepKernel, log, latch, loss, norm, settings);
  return { log: nextLog, latch: nextLatch, norm: guarded };
}
