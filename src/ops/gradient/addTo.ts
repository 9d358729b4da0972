// Adds a tensor to one that stays where it is: how the gradients of several batches are summed up in a plan.
import { sizeOf, type Kernel } from '../../engine/kernel.ts';
import { runKernel } from '../../engine/kernel.ts';
import { Shader, spread } from '../../engine/shader.ts';
import * as tf from '../../engine/tf.ts';

const GROUP = 64;

export const addToKernel: Kernel<[tf.Tensor, tf.Tensor], [tf.Tensor]> = {
  name: 'addTo',
  outputs: (sum) => [sum],
  reference: (sum, x) => [tf.add(sum, x)],
  inPlace: [[0, 0]],
  program: ({ inputs: [sum, x], traits }) => {
    const size = sizeOf(sum.shape);
    const vec4 = size % 4 === 0;
    const shader = new Shader();
    shader.output('sum', 0, sum, { vec4 });
    shader.input('x', 1, x, { vec4 });
    const steps = vec4 ? size / 4 : size;
    const [columns, rows] = spread(Math.ceil(steps / GROUP), traits.maxWorkgroupsPerDimension);
    shader.add(`@compute @workgroup_size(${GROUP}) fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.y * ${columns * GROUP}u + id.x;
  if (i < ${steps}u) { sum[i] = sum[i] + x[i]; }
}`);
    return { dispatches: [shader.dispatch('addTo', [columns, rows, 1])] };
  },
};

/** sum + x, in a plan in the memory of `sum`. Both of one shape. Caller disposes. */
export const addTo = (sum: tf.Tensor, x: tf.Tensor): tf.Tensor => runKernel(addToKernel, sum, x)[0];
