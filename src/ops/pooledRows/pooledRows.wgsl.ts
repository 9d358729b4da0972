// One row for each sequence in WGSL: its last visible one, or the mean of all visible ones, summed in a fixed order.
import { heightOf, widthOf, type DeviceTraits, type Program, type Site } from '../../engine/kernel.ts';
import { Shader } from '../../engine/shader.ts';
import type * as tf from '../../engine/tf.ts';
import { eachQuadMain } from '../rows/eachQuad.ts';
import { acrossLanes, groupsFor, insideCode, quadLoad, rowMain, type RowGroups } from '../rows/rowGroups.ts';

export type Pooling = 'last' | 'mean';

type PoolSite = Site<[tf.Tensor2D, tf.Tensor1D], [tf.Tensor2D]>;

const VISIBLE = 'fn visible_rows() -> u32 { return u32(visible_at(0u)); }';

export function pooledRowsProgram(site: PoolSite, mode: Pooling, length: number): Program {
  const { inputs, outputs, finish, traits } = site;
  const [x, visible] = inputs;
  const [y] = outputs;
  const width = widthOf(x.shape);
  const shader = new Shader();
  shader.input('x', 0, x, { vec4: width % 4 === 0 });
  shader.input('visible', 1, visible);
  shader.finish(finish);
  shader.add(insideCode(width));
  shader.add(quadLoad('x', width));
  shader.add(VISIBLE);
  const [code, count] =
    mode === 'last'
      ? eachQuadMain(
          y,
          traits.maxWorkgroupsPerDimension,
          `  finish(row, quad * 4u, x_quad(row * ${length}u + visible_rows() - 1u, quad));`,
        )
      : meanMain(shader, y.shape, length, traits);
  shader.add(code);
  return { dispatches: [shader.dispatch('pooledRows', count)] };
}

/** Threads that share four columns' sum: on a graphics card there are more threads than sums. */
const groupsOf = ({ software }: DeviceTraits): RowGroups =>
  software ? { rows: 16, lanes: 1 } : { rows: 8, lanes: 16 };

/** An entry point with a few threads for each four columns of each sequence. */
function meanMain(
  shader: Shader,
  shape: readonly number[],
  length: number,
  traits: DeviceTraits,
): [string, [number, number, number]] {
  const quads = Math.ceil(widthOf(shape) / 4);
  const sums = heightOf(shape) * quads;
  const groups = groupsOf(traits);
  const count = groupsFor(sums, groups, traits);
  shader.add(acrossLanes('total', groups, 'vec4f'));
  // Threads beyond the last sum make that one again, so that all meet at the barriers.
  const code = rowMain(
    groups,
    count,
    `  let sequence = min(row, ${sums - 1}u) / ${quads}u;
  let quad = min(row, ${sums - 1}u) % ${quads}u;
  let seen = visible_rows();
  var sum = vec4f();
  for (var token = lane; token < seen; token += ${groups.lanes}u) {
    sum += x_quad(sequence * ${length}u + token, quad);
  }
  let all = total(local, sum);
  if (lane == 0u && row < ${sums}u) { finish(sequence, quad * 4u, all / f32(seen)); }`,
  );
  return [code, count];
}

/** From dy [B, C] to [B·T, C]: zeros where nothing was seen. */
export function pooledRowsGradientProgram(site: PoolSite, mode: Pooling, length: number): Program {
  const { inputs, outputs, finish, traits } = site;
  const [dy, visible] = inputs;
  const width = widthOf(dy.shape);
  const shader = new Shader();
  shader.input('dy', 0, dy, { vec4: width % 4 === 0 });
  shader.input('visible', 1, visible);
  shader.finish(finish);
  shader.add(insideCode(width));
  shader.add(quadLoad('dy', width));
  shader.add(VISIBLE);
  const [isUsed, share] =
    mode === 'last' ? ['token + 1u == visible_rows()', ''] : ['token < visible_rows()', ' / f32(visible_rows())'];
  const [code, count] = eachQuadMain(
    outputs[0],
    traits.maxWorkgroupsPerDimension,
    `  let token = row % ${length}u;
  var value = vec4f();
  if (${isUsed}) { value = dy_quad(row / ${length}u, quad)${share}; }
  finish(row, quad * 4u, value);`,
  );
  shader.add(code);
  return { dispatches: [shader.dispatch('pooledRowsGradient', count)] };
}
