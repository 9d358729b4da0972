// Layer normalisation in WGSL: forward in one dispatch; backward in one that gives dx and sums the parameters' gradients
// over chunks of rows, and a small second one that adds up the chunks in order.
import { heightOf, widthOf, type DeviceTraits, type Dispatch, type Program, type Site } from '../../engine/kernel.ts';
import { Shader, spread } from '../../engine/shader.ts';
import type * as tf from '../../engine/tf.ts';
import { acrossLanes, groupsFor, insideCode, quadLoad, quadStore, rowGroups, rowMain } from '../rows/rowGroups.ts';

export type LayerNormInputs = [x: tf.Tensor2D, gain: tf.Tensor1D, bias: tf.Tensor1D];
export type GradientInputs = [dy: tf.Tensor2D, x: tf.Tensor2D, statistics: tf.Tensor2D, gain: tf.Tensor1D];

/** All divisions that `layerNormProgram` is used with: rows × lanes. */
export const LAYER_NORM_VARIANTS = ['16x1', '8x8', '4x16', '4x64', '1x256'] as const;

/** An emulated GPU pays for barriers, a real one for neighbours that read far apart. */
export function layerNormVariants(width: number, { software }: DeviceTraits): readonly string[] {
  if (software) return ['16x1'];
  return width <= 128 ? ['4x16', '8x8'] : width <= 1024 ? ['4x64', '4x16'] : ['1x256', '4x64'];
}

export function layerNormProgram(
  {
    inputs: [x, gain, bias],
    outputs: [y, statistics],
    variant,
    traits,
  }: Site<LayerNormInputs, [tf.Tensor2D, tf.Tensor2D]>,
  epsilon: number,
): Program {
  const [height, width] = [heightOf(x.shape), widthOf(x.shape)];
  const groups = rowGroups(variant || (layerNormVariants(width, traits)[0] ?? ''));
  const count = groupsFor(height, groups, traits);
  const vec4 = width % 4 === 0;
  const shader = new Shader();
  shader.input('x', 0, x, { vec4 });
  shader.input('gain', 1, gain, { vec4 });
  shader.input('bias', 2, bias, { vec4 });
  shader.output('y', 0, y, { vec4 });
  shader.output('statistics', 1, statistics);
  shader.add(insideCode(width));
  for (const name of ['x', 'gain', 'bias']) shader.add(quadLoad(name, width));
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
    y_set_quad(row, quad, (x_quad(row, quad) - mean) * inverse_deviation * gain_quad(0u, quad) + bias_quad(0u, quad));
  }
  if (lane == 0u) {
    statistics_set(row * 2u, mean);
    statistics_set(row * 2u + 1u, inverse_deviation);
  }`,
    ),
  );
  return { dispatches: [shader.dispatch('layerNorm', count)] };
}

/** All divisions that `gradientProgram` is used with: the threads of a workgroup as rows × lanes while they sum rows. */
export const GRADIENT_VARIANTS = ['32x1', '8x8', '16x16', '4x64'] as const;

export function gradientVariants(width: number, { software }: DeviceTraits): readonly string[] {
  if (software) return ['32x1'];
  return width <= 128 ? ['8x8', '16x16'] : ['4x64', '16x16'];
}

/** Few enough for a short second dispatch, enough to keep a large GPU busy. */
const MOST_CHUNKS = 512;
const LEAST_ROWS = 16;
const MOST_ROWS = 512;
const REDUCE_GROUP = 64;

type GradientSite = Site<GradientInputs, [tf.Tensor2D, tf.Tensor1D, tf.Tensor1D]>;

export function gradientProgram(site: GradientSite): Program {
  const { inputs, outputs, variant, traits, finish } = site;
  const [dy, x, statistics, gain] = inputs;
  const [height, width] = [heightOf(dy.shape), widthOf(dy.shape)];
  const groups = rowGroups(variant || (gradientVariants(width, traits)[0] ?? ''));
  const threads = groups.rows * groups.lanes;
  const quads = Math.ceil(width / 4);
  const wanted = Math.max(LEAST_ROWS, groups.rows, Math.ceil(height / MOST_CHUNKS));
  const chunkRows = Math.min(MOST_ROWS, Math.ceil(wanted / groups.rows) * groups.rows);
  // Threads by columns: narrow rows leave room for several rows at a time, each with partial sums of its own.
  const columns = Math.min(threads, 2 ** Math.ceil(Math.log2(quads)));
  const slots = threads / columns;
  const chunks = Math.ceil(height / chunkRows);
  const parts = chunks * slots;
  const isWhole = parts === 1;
  const vec4 = width % 4 === 0;

  const shader = new Shader();
  shader.input('dy', 0, dy, { vec4 });
  shader.input('x', 1, x, { vec4 });
  shader.input('statistics', 2, statistics);
  shader.input('gain', 3, gain, { vec4 });
  if (isWhole) {
    shader.output('d_gain', 1, outputs[1], { vec4 });
    shader.output('d_bias', 2, outputs[2], { vec4 });
    shader.add(quadStore('d_gain', width) + quadStore('d_bias', width));
  } else shader.buffer('parts', { scratch: 0 }, 'f32', { writable: true, vec4: true });
  shader.finish(finish);
  shader.add(insideCode(width));
  for (const name of ['dy', 'x', 'gain']) shader.add(quadLoad(name, width));
  shader.add(acrossLanes('total', groups, 'vec2f'));
  const count = spread(chunks, traits.maxWorkgroupsPerDimension);
  const store = isWhole
    ? 'd_gain_set_quad(0u, quad, d_gain); d_bias_set_quad(0u, quad, d_bias);'
    : `let part = (chunk * ${slots}u + slot) * ${8 * quads}u + quad * 4u;
    parts_set_vec4(part, d_gain);
    parts_set_vec4(part + ${4 * quads}u, d_bias);`;
  shader.add(`// Of each row: mean, inverse deviation, and the means of dy · gain and of that times the normalised value.
var<workgroup> of_row: array<vec4f, ${chunkRows}>;

@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let chunk = group.y * ${count[0]}u + group.x;
  let first = chunk * ${chunkRows}u;
  for (var start = 0u; start < ${chunkRows}u; start += ${groups.rows}u) {
    let here = start + local / ${groups.lanes}u;
    let row = min(first + here, ${height - 1}u);
    let mean = statistics_at(row * 2u);
    let inverse_deviation = statistics_at(row * 2u + 1u);
    var sum = vec4f();
    var sum_along = vec4f();
    for (var quad = local % ${groups.lanes}u; quad < ${quads}u; quad += ${groups.lanes}u) {
      let inner = dy_quad(row, quad) * gain_quad(0u, quad);
      sum += inner;
      sum_along += inner * (x_quad(row, quad) - mean);
    }
    let means = total(local, vec2f(dot(sum, vec4f(1.0)), dot(sum_along, vec4f(1.0)))) / ${width}f;
    if (local % ${groups.lanes}u == 0u) {
      of_row[here] = vec4f(mean, inverse_deviation, means.x, means.y * inverse_deviation);
    }
  }
  workgroupBarrier();
  let slot = local / ${columns}u;
  let rows = min(${chunkRows}u, ${height}u - min(first, ${height}u));
  if (rows == 0u) { return; }
  for (var quad = local % ${columns}u; quad < ${quads}u; quad += ${columns}u) {
    let scale = gain_quad(0u, quad);
    var d_gain = vec4f();
    var d_bias = vec4f();
    for (var here = slot; here < rows; here += ${slots}u) {
      let row = first + here;
      let known = of_row[here];
      let slope = dy_quad(row, quad);
      let normalised = (x_quad(row, quad) - known.x) * known.y;
      d_gain += slope * normalised;
      d_bias += slope;
      finish(row, quad * 4u, (slope * scale - known.z - normalised * known.w) * known.y);
    }
    ${store}
  }
}`);
  const main = shader.dispatch('layerNormGradient', count);
  if (isWhole) return { dispatches: [main] };
  return { dispatches: [main, partSums(site, parts, quads)], scratchBytes: [parts * quads * 8 * 4] };
}

/** Adds up the chunks' sums: the gradients of gain and bias, one after the other. */
function partSums({ inputs, outputs, traits }: GradientSite, parts: number, quads: number): Dispatch {
  const width = widthOf(inputs[0].shape);
  const vec4 = width % 4 === 0;
  // Lanes share a sum where there are many chunks; on an emulated GPU there are as many threads as it can use anyway.
  const lanes = traits.software || parts < 32 ? 1 : 16;
  const groups = { rows: REDUCE_GROUP / lanes, lanes };
  const count = groupsFor(quads * 2, groups, traits);
  const shader = new Shader();
  shader.buffer('parts', { scratch: 0 }, 'f32', { vec4: true });
  shader.output('d_gain', 1, outputs[1], { vec4 });
  shader.output('d_bias', 2, outputs[2], { vec4 });
  shader.add(quadStore('d_gain', width) + quadStore('d_bias', width));
  shader.add(acrossLanes('total', groups, 'vec4f'));
  shader.add(
    rowMain(
      groups,
      count,
      `  let source = min(row, ${quads * 2 - 1}u);
  var sum = vec4f();
  for (var part = lane; part < ${parts}u; part += ${lanes}u) { sum += parts_vec4((part * ${quads * 2}u + source) * 4u); }
  let all = total(local, sum);
  if (lane != 0u) { return; }
  if (row < ${quads}u) { d_gain_set_quad(0u, row, all); }
  else if (row < ${quads * 2}u) { d_bias_set_quad(0u, row - ${quads}u, all); }`,
    ),
  );
  return shader.dispatch('layerNormGradient sums', count);
}
