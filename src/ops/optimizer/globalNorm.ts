// The Euclidean norm of a whole gradient as a kernel: the same bits on every run.
import {
  runKernel,
  sizeOf,
  type DeviceTraits,
  type Dispatch,
  type Kernel,
  type Program,
  type Site,
} from '../../engine/kernel.ts';
import { Shader } from '../../engine/shader.ts';
import * as tf from '../../engine/tf.ts';
import { acrossLanes } from '../rows/rowGroups.ts';
import { sumOfAll } from '../sum/sumOfAll.ts';

/** From a gradient [P] to a scalar. */
export const globalNormKernel: Kernel<[tf.Tensor1D], [tf.Scalar]> = {
  name: 'globalNorm',
  outputs: () => [{ shape: [], dtype: 'float32' }],
  reference: (gradient) => [tf.sqrt(sumOfAll(tf.square(gradient)))],
  program: globalNormProgram,
  variants: ({ traits }) => (traits.software ? ['16'] : ['256', '64']),
};

/** Euclidean norm of a gradient [P]: a scalar. Caller disposes. */
export const globalNorm = (gradient: tf.Tensor1D): tf.Scalar => runKernel(globalNormKernel, gradient)[0];

/** Enough workgroups to fill a device, few enough for one workgroup to add up theirs. */
const mostGroups = ({ software }: DeviceTraits): number => (software ? 64 : 512);
/** Fours per thread below which another workgroup is not worth its start. */
const LEAST_PER_THREAD = 4;

/** Its variants are numbers of threads per workgroup. */
function globalNormProgram(site: Site<[tf.Tensor1D], [tf.Scalar]>): Program {
  const size = sizeOf(site.inputs[0].shape);
  const threads = Number(site.variant || '16');
  const groups = Math.min(mostGroups(site.traits), Math.ceil(size / (4 * threads * LEAST_PER_THREAD)));
  if (groups === 1) return { dispatches: [squares(site, threads, 1, true)] };
  return {
    dispatches: [squares(site, threads, groups, false), rootOfSum(site, threads, groups)],
    scratchBytes: [groups * 4],
  };
}

/** Each workgroup's sum of squares, or if there is one workgroup the norm itself. */
function squares(
  { inputs: [gradient], outputs: [norm] }: Site<[tf.Tensor1D], [tf.Scalar]>,
  threads: number,
  groups: number,
  isWhole: boolean,
): Dispatch {
  const size = sizeOf(gradient.shape);
  const vec4 = size % 4 === 0;
  const stride = groups * threads * (vec4 ? 4 : 1);
  const shader = new Shader();
  shader.input('gradient', 0, gradient, { vec4 });
  if (isWhole) shader.output('sums', 0, norm);
  else shader.buffer('sums', { scratch: 0 }, 'f32', { writable: true });
  shader.add(acrossLanes('total', { rows: 1, lanes: threads }, 'f32'));
  shader.add(`@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  var sum = ${vec4 ? 'vec4f()' : '0.0'};
  for (var i = (group.x * ${threads}u + local) * ${vec4 ? 4 : 1}u; i < ${size}u; i += ${stride}u) {
    let g = gradient_${vec4 ? 'vec4' : 'at'}(i);
    sum += g * g;
  }
  let all = total(local, ${vec4 ? 'dot(sum, vec4f(1.0))' : 'sum'});
  if (local == 0u) { sums_set(group.x, ${isWhole ? 'sqrt(all)' : 'all'}); }
}`);
  return shader.dispatch('globalNorm', [groups, 1, 1]);
}

function rootOfSum({ outputs: [norm] }: Site<[tf.Tensor1D], [tf.Scalar]>, threads: number, groups: number): Dispatch {
  const shader = new Shader();
  shader.buffer('sums', { scratch: 0 }, 'f32');
  shader.output('norm', 0, norm);
  shader.add(acrossLanes('total', { rows: 1, lanes: threads }, 'f32'));
  shader.add(`@compute @workgroup_size(${threads}) fn main(@builtin(local_invocation_index) local: u32) {
  var sum = 0.0;
  for (var i = local; i < ${groups}u; i += ${threads}u) { sum += sums_at(i); }
  let all = total(local, sum);
  if (local == 0u) { norm_set(0u, sqrt(all)); }
}`);
  return shader.dispatch('globalNorm sum', [1, 1, 1]);
}
