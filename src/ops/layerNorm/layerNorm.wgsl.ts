// Layer normalisation in WGSL, forward in one dispatch. Its gradient is `rows/normGradient.wgsl.ts`.
import { heightOf, widthOf, type PlacedSpec, type Program, type Site } from '../../engine/kernel.ts';
import { Shader } from '../../engine/shader.ts';
import type * as tf from '../../engine/tf.ts';
import { normVariants } from '../rows/normVariants.ts';
import { acrossLanes, groupsFor, insideCode, quadLoad, quadStore, rowGroups, rowMain } from '../rows/rowGroups.ts';

export type LayerNormInputs = [x: tf.Tensor2D, gain: tf.Tensor1D, bias: tf.Tensor1D];
export type UnbiasedInputs = [x: tf.Tensor2D, gain: tf.Tensor1D];

export function layerNormProgram(
  site: Site<LayerNormInputs | UnbiasedInputs, [tf.Tensor2D, tf.Tensor2D]>,
  epsilon: number,
): Program {
  const { outputs, variant, traits } = site;
  const [y, statistics] = outputs;
  const [x, gain, bias]: readonly [PlacedSpec, PlacedSpec, PlacedSpec?] = site.inputs;
  const [height, width] = [heightOf(x.shape), widthOf(x.shape)];
  const groups = rowGroups(variant || (normVariants(width, traits)[0] ?? ''));
  const count = groupsFor(height, groups, traits);
  const vec4 = width % 4 === 0;
  const shader = new Shader();
  shader.input('x', 0, x, { vec4 });
  shader.input('gain', 1, gain, { vec4 });
  if (bias) shader.input('bias', 2, bias, { vec4 });
  shader.output('y', 0, y, { vec4 });
  shader.output('statistics', 1, statistics);
  shader.add(insideCode(width));
  for (const name of ['x', 'gain', ...(bias ? ['bias'] : [])]) shader.add(quadLoad(name, width));
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
  var sum = vec4f();
  ${eachQuad} { sum += x_quad(source, quad); }
  let mean = total(local, dot(sum, vec4f(1.0))) / ${width}f;
  var squares = vec4f();
  ${eachQuad} {
    let centred = inside(quad * 4u, x_quad(source, quad) - mean);
    squares += centred * centred;
  }
  let inverse_deviation = inverseSqrt(total(local, dot(squares, vec4f(1.0))) / ${width}f + ${epsilon}f);
  if (row >= ${height}u) { return; }
  ${eachQuad} {
    y_set_quad(row, quad, (x_quad(row, quad) - mean) * inverse_deviation * gain_quad(0u, quad)${bias ? ' + bias_quad(0u, quad)' : ''});
  }
  if (lane == 0u) {
    statistics_set(row * 2u, mean);
    statistics_set(row * 2u + 1u, inverse_deviation);
  }`,
    ),
  );
  return { dispatches: [shader.dispatch('layerNorm', count)] };
}
