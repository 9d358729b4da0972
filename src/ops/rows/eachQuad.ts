// An entry point with a thread for each four neighbouring columns of each row, for kernels that reduce nothing.
import { heightOf, widthOf } from '../../engine/kernel.ts';
import { spread } from '../../engine/shader.ts';

const GROUP = 64;

/**
 * WGSL of `main`, which declares `row` and `quad`, and the number of workgroups in each dimension.
 * @param spec of the tensor whose rows are meant @param limit of workgroups in a dimension
 */
export function eachQuadMain(
  spec: { readonly shape: readonly number[] },
  limit: number,
  body: string,
): [string, [number, number, number]] {
  const quads = Math.ceil(widthOf(spec.shape) / 4);
  const size = heightOf(spec.shape) * quads;
  const count = spread(Math.ceil(size / GROUP), limit);
  const code = `@compute @workgroup_size(${GROUP}) fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.y * ${count[0] * GROUP}u + id.x;
  if (i >= ${size}u) { return; }
  let row = i / ${quads}u;
  let quad = i % ${quads}u;
${body}
}`;
  return [code, count];
}
