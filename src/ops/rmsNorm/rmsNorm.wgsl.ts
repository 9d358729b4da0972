// Root mean square normalisation in WGSL, forward in one dispatch. Its gradient is `rows/normGradient.wgsl.ts`.
import { heightOf, widthOf, type Program, type Site } from '../../engine/kernel.ts';
import { Shader } from '../../engine/shader.ts';
import type * as tf from '../../engine/tf.ts';
import { normVariants } from '../rows/normVariants.ts';
import { acrossLanes, groupsFor, insideCode, quadLoad, quadStore, rowGroups, rowMain } from '../rows/rowGroups.ts';

export type RmsNormInputs = [x: tf.Tensor2D, gain: tf.Tensor1D];

export function rmsNormProgram(
  { inputs: [x, gain], outputs: [y, inverseRoots], variant, traits }: Site<RmsNormInputs, [tf.Tensor2D, tf.Tensor2D]>,
  epsilon: number,
): Program {
  const [height, width] = [heightOf(x.shape), widthOf(x.shape)];
  const groups = rowGroups(variant || (normVariants(width, traits)[0] ?? ''));
  const count = groupsFor(height, groups, traits);
  const vec4 = width % 4 === 0;
  const shader = new Shader();
  shader.input('x', 0, x, { vec4 });
  shader.input('gain', 1, gain, { vec4 });
  shader.output('y', 0, y, { vec4 });
  shader.output('inverse_roots', 1, inverseRoots);
  shader.add(insideCode(width));
  for (const name of ['x', 'gain']) shader.add(quadLoad(name, width));
  shader.add(quadStore('y', width));
  shader.add(acrossLanes('total', groups, 'f32'));
  const quads = Math.ceil(width / 4);
  const eachQuad = `for (var quad = lane; quad < ${quads}u; quad += ${groups.lanes}u)`;
  // Threads of rows beyond the last read that one again, so that all meet at the barriers.
  shader.add(
    rowMain(
      groups,
      count,
      `  let source = min(row, ${height - 1}u);
  var squares = vec4f();
  ${eachQuad} {
    let value = x_quad(source, quad);
    squares += value * value;
  }
  let inverse_root = inverseSqrt(total(local, dot(squares, vec4f(1.0))) / ${width}f + ${epsilon}f);
  if (row >= ${height}u) { return; }
  ${eachQuad} { y_set_quad(row, quad, x_quad(row, quad) * inverse_root * gain_quad(0u, quad)); }
  if (lane == 0u) { inverse_roots_set(row, inverse_root); }`,
    ),
  );
  return { dispatches: [shader.dispatch('rmsNorm', count)] };
}
