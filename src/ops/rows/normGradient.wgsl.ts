// The gradient of a normalisation of rows in WGSL, centred (layer norm) or not (RMS norm), with or without a bias: one
// dispatch gives dx and sums the parameters' gradients over chunks of rows, a small second one adds up the chunks in order.
import { heightOf, widthOf, type Dispatch, type PlacedSpec, type Program, type Site } from '../../engine/kernel.ts';
import { Shader, spread } from '../../engine/shader.ts';
import type * as tf from '../../engine/tf.ts';
import { normGradientVariants } from './normVariants.ts';
import { acrossLanes, groupsFor, insideCode, quadLoad, quadStore, rowGroups, rowMain } from './rowGroups.ts';

export type NormGradientInputs = [dy: tf.Tensor2D, x: tf.Tensor2D, statistics: tf.Tensor2D, gain: tf.Tensor1D];
/** dx, then the gradients of the gain and, if there is one, of the bias. */
export type NormGradientOutputs = [tf.Tensor2D, tf.Tensor1D, tf.Tensor1D] | [tf.Tensor2D, tf.Tensor1D];

/**
 * What a row's statistics are: its mean and inverse deviation [N, 2], or the inverse root of its mean square [N, 1], with
 * the mean taken for zero.
 */
export interface NormForm {
  /** The kernel's name, for people. */
  readonly label: string;
  readonly isCentred: boolean;
}

type GradientSite = Site<NormGradientInputs, NormGradientOutputs>;

/** Few enough for a short second dispatch, enough to keep a large GPU busy. */
const MOST_CHUNKS = 512;
const LEAST_ROWS = 16;
const MOST_ROWS = 512;
const REDUCE_GROUP = 64;

/** Outputs 1 and on: the parameters' gradients, with the names that they have in WGSL. */
function parameterGradients({ outputs }: GradientSite): readonly { name: string; output: number; spec: PlacedSpec }[] {
  const [, gain, bias]: readonly [PlacedSpec, PlacedSpec, PlacedSpec?] = outputs;
  const ofGain = { name: 'd_gain', output: 1, spec: gain };
  return bias ? [ofGain, { name: 'd_bias', output: 2, spec: bias }] : [ofGain];
}

function declareGradients(shader: Shader, site: GradientSite): void {
  const width = widthOf(site.inputs[0].shape);
  const gradients = parameterGradients(site);
  for (const { name, output, spec } of gradients) shader.output(name, output, spec, { vec4: width % 4 === 0 });
  shader.add(gradients.map(({ name }) => quadStore(name, width)).join(''));
}

export function normGradientProgram(site: GradientSite, form: NormForm): Program {
  const { inputs, variant, traits, finish } = site;
  const [dy, x, statistics, gain] = inputs;
  const [height, width] = [heightOf(dy.shape), widthOf(dy.shape)];
  const groups = rowGroups(variant || (normGradientVariants(width, traits)[0] ?? ''));
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
  const names = parameterGradients(site).map(({ name }) => name);

  const shader = new Shader();
  shader.input('dy', 0, dy, { vec4 });
  shader.input('x', 1, x, { vec4 });
  shader.input('statistics', 2, statistics);
  shader.input('gain', 3, gain, { vec4 });
  if (isWhole) declareGradients(shader, site);
  else shader.buffer('parts', { scratch: 0 }, 'f32', { writable: true, vec4: true });
  shader.finish(finish);
  shader.add(insideCode(width));
  for (const name of ['dy', 'x', 'gain']) shader.add(quadLoad(name, width));
  const { sumType, known, rowSums, normalised, dx } = form.isCentred ? CENTRED : UNCENTRED;
  shader.add(acrossLanes('total', groups, sumType));
  const count = spread(chunks, traits.maxWorkgroupsPerDimension);
  const stores = isWhole
    ? [names.map((name) => `${name}_set_quad(0u, quad, ${name});`).join(' ')]
    : [
        `let part = (chunk * ${slots}u + slot) * ${4 * names.length * quads}u + quad * 4u;`,
        ...names.map((name, i) => `parts_set_vec4(part${i === 0 ? '' : ` + ${4 * i * quads}u`}, ${name});`),
      ];
  const sums = { d_gain: 'slope * normalised', d_bias: 'slope' };
  shader.add(`${known}
var<workgroup> of_row: array<${form.isCentred ? 'vec4f' : 'vec2f'}, ${chunkRows}>;

@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let chunk = group.y * ${count[0]}u + group.x;
  let first = chunk * ${chunkRows}u;
  for (var start = 0u; start < ${chunkRows}u; start += ${groups.rows}u) {
    let here = start + local / ${groups.lanes}u;
    let row = min(first + here, ${height - 1}u);
${rowSums(`for (var quad = local % ${groups.lanes}u; quad < ${quads}u; quad += ${groups.lanes}u)`, `if (local % ${groups.lanes}u == 0u)`, width)}
  }
  workgroupBarrier();
  let slot = local / ${columns}u;
  let rows = min(${chunkRows}u, ${height}u - min(first, ${height}u));
  if (rows == 0u) { return; }
  for (var quad = local % ${columns}u; quad < ${quads}u; quad += ${columns}u) {
    let scale = gain_quad(0u, quad);
${names.map((name) => `    var ${name} = vec4f();`).join('\n')}
    for (var here = slot; here < rows; here += ${slots}u) {
      let row = first + here;
      let known = of_row[here];
      let slope = dy_quad(row, quad);
      let normalised = ${normalised};
${Object.entries(sums)
  .flatMap(([name, term]) => (names.includes(name) ? [`      ${name} += ${term};`] : []))
  .join('\n')}
      finish(row, quad * 4u, ${dx});
    }
    ${stores.join('\n    ')}
  }
}`);
  const main = shader.dispatch(form.label, count);
  if (isWhole) return { dispatches: [main] };
  return { dispatches: [main, partSums(site, form, parts)], scratchBytes: [parts * names.length * quads * 16] };
}

/** The parts of the first dispatch in which the forms differ. */
interface FormCode {
  /** What is added up along a row. */
  readonly sumType: string;
  /** Comment on what is kept of each row. */
  readonly known: string;
  /** Statements that fill of_row[here] from row `row`. */
  readonly rowSums: (eachQuad: string, ifFirstLane: string, width: number) => string;
  /** Expressions of four columns. */
  readonly normalised: string;
  readonly dx: string;
}

const CENTRED: FormCode = {
  sumType: 'vec2f',
  known: '// Of each row: mean, inverse deviation, and the means of dy · gain and of that times the normalised value.',
  rowSums: (eachQuad, ifFirstLane, width) => `    let mean = statistics_at(row * 2u);
    let inverse_deviation = statistics_at(row * 2u + 1u);
    var sum = vec4f();
    var sum_along = vec4f();
    ${eachQuad} {
      let inner = dy_quad(row, quad) * gain_quad(0u, quad);
      sum += inner;
      sum_along += inner * (x_quad(row, quad) - mean);
    }
    let means = total(local, vec2f(dot(sum, vec4f(1.0)), dot(sum_along, vec4f(1.0)))) / ${width}f;
    ${ifFirstLane} {
      of_row[here] = vec4f(mean, inverse_deviation, means.x, means.y * inverse_deviation);
    }`,
  normalised: '(x_quad(row, quad) - known.x) * known.y',
  dx: '(slope * scale - known.z - normalised * known.w) * known.y',
};

const UNCENTRED: FormCode = {
  sumType: 'f32',
  known: '// Of each row: the inverse root of its mean square, and the mean of dy · gain times the normalised value.',
  rowSums: (eachQuad, ifFirstLane, width) => `    let inverse_root = statistics_at(row);
    var sum_along = vec4f();
    ${eachQuad} {
      sum_along += dy_quad(row, quad) * gain_quad(0u, quad) * x_quad(row, quad);
    }
    let along = total(local, dot(sum_along, vec4f(1.0))) / ${width}f;
    ${ifFirstLane} { of_row[here] = vec2f(inverse_root, along * inverse_root); }`,
  normalised: 'x_quad(row, quad) * known.x',
  dx: '(slope * scale - normalised * known.y) * known.x',
};

/** Adds up the chunks' sums: the gradients of the parameters, one after the other. */
function partSums(site: GradientSite, { label }: NormForm, parts: number): Dispatch {
  const { inputs, traits } = site;
  const quads = Math.ceil(widthOf(inputs[0].shape) / 4);
  const names = parameterGradients(site).map(({ name }) => name);
  const rows = names.length * quads;
  // Lanes share a sum where there are many chunks; on an emulated GPU there are as many threads as it can use anyway.
  const lanes = traits.software || parts < 32 ? 1 : 16;
  const groups = { rows: REDUCE_GROUP / lanes, lanes };
  const count = groupsFor(rows, groups, traits);
  const shader = new Shader();
  shader.buffer('parts', { scratch: 0 }, 'f32', { vec4: true });
  declareGradients(shader, site);
  shader.add(acrossLanes('total', groups, 'vec4f'));
  const stores = names.map((name, i) => {
    const place = i === 0 ? 'row' : `row - ${i * quads}u`;
    return `if (row < ${(i + 1) * quads}u) { ${name}_set_quad(0u, ${place}, all); }`;
  });
  shader.add(
    rowMain(
      groups,
      count,
      `  let source = min(row, ${rows - 1}u);
  var sum = vec4f();
  for (var part = lane; part < ${parts}u; part += ${lanes}u) { sum += parts_vec4((part * ${rows}u + source) * 4u); }
  let all = total(local, sum);
  if (lane != 0u) { return; }
  ${stores.join('\n  else ')}`,
    ),
  );
  return shader.dispatch(`${label} sums`, count);
}
