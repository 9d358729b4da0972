// Embedding in WGSL. The tokens' gradient has no atomics: a first dispatch links every row to the next one with the same
// id, a second one walks from each id's first row to its last and adds them up, always in the same order.
import { heightOf, sizeOf, widthOf, type Program, type Site } from '../../engine/kernel.ts';
import { Shader, spread } from '../../engine/shader.ts';
import type * as tf from '../../engine/tf.ts';
import { eachQuadMain } from '../rows/eachQuad.ts';
import { insideCode, quadLoad, quadStore } from '../rows/rowGroups.ts';

export type EmbeddingInputs = [tokens: tf.Tensor2D, positions: tf.Tensor2D, ids: tf.Tensor1D, position: tf.Tensor1D];

/** Small, so that the few rows of a batch are spread over a device. */
const LINK_GROUP = 16;

export function embeddingProgram(
  { inputs: [tokens, positions, ids, position], outputs: [y], finish, traits }: Site<EmbeddingInputs, [tf.Tensor2D]>,
  length: number,
): Program {
  const width = widthOf(tokens.shape);
  const vec4 = width % 4 === 0;
  const shader = new Shader();
  shader.input('tokens', 0, tokens, { vec4 });
  shader.input('positions', 1, positions, { vec4 });
  shader.input('ids', 2, ids);
  shader.input('first_position', 3, position);
  shader.finish(finish);
  shader.add(insideCode(width));
  shader.add(quadLoad('tokens', width));
  shader.add(quadLoad('positions', width));
  const [code, count] = eachQuadMain(
    y,
    traits.maxWorkgroupsPerDimension,
    `  let token = tokens_quad(u32(ids_at(row)), quad);
  finish(row, quad * 4u, token + positions_quad(u32(first_position_at(0u)) + row % ${length}u, quad));`,
  );
  shader.add(code);
  return { dispatches: [shader.dispatch('embedding', count)] };
}

/** Tokens alone, without positions. */
export function tokenEmbeddingProgram({
  inputs: [tokens, ids],
  outputs: [y],
  finish,
  traits,
}: Site<[tf.Tensor2D, tf.Tensor1D], [tf.Tensor2D]>): Program {
  const width = widthOf(tokens.shape);
  const shader = new Shader();
  shader.input('tokens', 0, tokens, { vec4: width % 4 === 0 });
  shader.input('ids', 1, ids);
  shader.finish(finish);
  shader.add(insideCode(width));
  shader.add(quadLoad('tokens', width));
  const [code, count] = eachQuadMain(
    y,
    traits.maxWorkgroupsPerDimension,
    '  finish(row, quad * 4u, tokens_quad(u32(ids_at(row)), quad));',
  );
  shader.add(code);
  return { dispatches: [shader.dispatch('embedding', count)] };
}

export function positionGradientProgram(
  { inputs: [dy, position], outputs: [dPositions], traits }: Site<[tf.Tensor2D, tf.Tensor1D], [tf.Tensor2D]>,
  length: number,
): Program {
  const width = widthOf(dy.shape);
  const vec4 = width % 4 === 0;
  const shader = new Shader();
  shader.input('dy', 0, dy, { vec4 });
  shader.input('first_position', 1, position);
  shader.output('d_positions', 0, dPositions, { vec4 });
  shader.add(insideCode(width));
  shader.add(quadLoad('dy', width));
  shader.add(quadStore('d_positions', width));
  const [code, count] = eachQuadMain(
    dPositions,
    traits.maxWorkgroupsPerDimension,
    `  let first = u32(first_position_at(0u));
  var sum = vec4f();
  if (row >= first && row - first < ${length}u) {
    for (var source = row - first; source < ${heightOf(dy.shape)}u; source += ${length}u) { sum += dy_quad(source, quad); }
  }
  d_positions_set_quad(row, quad, sum);`,
  );
  shader.add(code);
  return { dispatches: [shader.dispatch('positionGradient', count)] };
}

/**
 * A link is the number of the next row with the same id, or of rows if there is none; of rows that are not the first with
 * their id it is kept as −1 − number.
 */
export function tokenGradientProgram({
  inputs: [dy, ids],
  outputs: [dTokens],
  traits,
}: Site<[tf.Tensor2D, tf.Tensor1D], [tf.Tensor2D]>): Program {
  const rows = sizeOf(ids.shape);
  const width = widthOf(dy.shape);
  const vec4 = width % 4 === 0;
  const limit = traits.maxWorkgroupsPerDimension;

  const linking = new Shader();
  linking.input('ids', 1, ids);
  linking.buffer('links', { scratch: 0 }, 'i32', { writable: true });
  const linkGroups = spread(Math.ceil(rows / LINK_GROUP), limit);
  linking.add(`@compute @workgroup_size(${LINK_GROUP}) fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.y * ${linkGroups[0] * LINK_GROUP}u + id.x;
  if (row >= ${rows}u) { return; }
  let token = ids_at(row);
  var next = row + 1u;
  while (next < ${rows}u && ids_at(next) != token) { next++; }
  var before = row;
  while (before > 0u && ids_at(before - 1u) != token) { before--; }
  links_set(row, select(-1 - i32(next), i32(next), before == 0u));
}`);

  const adding = new Shader();
  adding.input('dy', 0, dy, { vec4 });
  adding.input('ids', 1, ids);
  adding.buffer('links', { scratch: 0 }, 'i32');
  adding.output('d_tokens', 0, dTokens, { vec4 });
  adding.add(insideCode(width));
  adding.add(quadLoad('dy', width));
  adding.add(quadLoad('d_tokens', width));
  adding.add(quadStore('d_tokens', width));
  const [code, count] = eachQuadMain(
    dy,
    limit,
    `  var next = links_at(row);
  if (next < 0) { return; }
  var sum = dy_quad(row, quad);
  while (next < ${rows}) {
    let here = u32(next);
    next = -1 - links_at(here);
    sum += dy_quad(here, quad);
  }
  let token = u32(ids_at(row));
  d_tokens_set_quad(token, quad, d_tokens_quad(token, quad) + sum);`,
  );
  adding.add(code);
  const dispatches = [
    linking.dispatch('embeddingGradient links', linkGroups),
    adding.dispatch('embeddingGradient sums', count),
  ];
  return { dispatches, scratchBytes: [rows * 4] };
}
