// The mean of a vector as a kernel: one workgroup, always in the same order. It has no gradient of its own.
import { sizeOf, type DeviceTraits, type Kernel, type Program, type Site } from '../../engine/kernel.ts';
import { Shader } from '../../engine/shader.ts';
import * as tf from '../../engine/tf.ts';
import { acrossLanes } from '../rows/rowGroups.ts';
import { sumOfAll } from '../sum/sumOfAll.ts';

/** From x [N] to a scalar. */
export const meanOfKernel: Kernel<[tf.Tensor1D], [tf.Scalar]> = {
  name: 'meanOf',
  outputs: () => [{ shape: [], dtype: 'float32' }],
  reference: (x) => [tf.div(sumOfAll(x), x.size)],
  program: meanOfProgram,
};

const lanesOf = ({ software }: DeviceTraits): number => (software ? 16 : 256);

function meanOfProgram({ inputs: [x], outputs: [mean], traits }: Site<[tf.Tensor1D], [tf.Scalar]>): Program {
  const size = sizeOf(x.shape);
  const lanes = lanesOf(traits);
  const shader = new Shader();
  shader.input('x', 0, x);
  shader.output('mean', 0, mean);
  shader.add(acrossLanes('total', { rows: 1, lanes }, 'f32'));
  shader.add(`@compute @workgroup_size(${lanes}) fn main(@builtin(local_invocation_index) local: u32) {
  var sum = 0.0;
  for (var i = local; i < ${size}u; i += ${lanes}u) { sum += x_at(i); }
  let all = total(local, sum);
  if (local == 0u) { mean_set(0u, all / ${size}f); }
}`);
  return { dispatches: [shader.dispatch('meanOf', [1, 1, 1])] };
}
