// Where the tiles of a product leave their sums: through `finish` at once, or, where the sum over K is split over
// workgroups, in scratch memory as partial sums that a second dispatch adds in a fixed order.
import type { Dispatch } from '../../engine/kernel.ts';
import { Shader, spread } from '../../engine/shader.ts';
import type { Product } from './product.ts';

/** What a tile's shader needs for its end; `group` is its workgroup id, z the part of the sum. */
export interface Ending {
  /** Takes over the bindings that the statements below use. */
  declare(shader: Shader): void;
  /** WGSL statement that leaves C[row, col … col + 3]; columns beyond the width are ignored, rows are the caller's. */
  leave(row: string, col: string, value: string): string;
  /** The same for the column sums. */
  leaveColumnSums(col: string, value: string): string;
  /**
   * Range of k of a workgroup: a multiple of `step` long, but for the last, which ends at `end`.
   * @param hidden a driver cannot tell how many turns there are: some write out short loops, and compile for seconds
   */
  range(step: number, end: number, hidden: boolean): { readonly from: string; readonly to: string };
  /** Whether this workgroup has the last terms of the sum; undefined if all have. */
  readonly isLast: string | undefined;
  readonly splits: number;
  /** What runs after the tiles. */
  readonly dispatches: readonly Dispatch[];
  readonly scratchBytes: readonly number[];
}

export function endingOf(product: Product, splits: number): Ending {
  return splits > 1 ? partialSums(product, splits) : direct(product);
}

function direct(product: Product): Ending {
  return {
    declare: (shader) => {
      declareColumnSums(shader, product);
      shader.finish(product.finish);
    },
    leave: (row, col, value) => `finish(${row}, ${col}, ${value});`,
    leaveColumnSums: storeColumnSums,
    // There is one part: group.z is 0.
    range: (_step, end, hidden) => ({ from: '0u', to: hidden ? `${end}u + group.z` : `${end}u` }),
    isLast: undefined,
    splits: 1,
    dispatches: [],
    scratchBytes: [],
  };
}

/** Output 1, if the product has one, with a function that stores four sums. */
function declareColumnSums(shader: Shader, { columnSums, n }: Product): void {
  if (columnSums === undefined) return;
  const vec4 = n % 4 === 0;
  shader.output('sums', 1, columnSums, { vec4 });
  shader.add(
    vec4
      ? 'fn store_sums(col: u32, value: vec4f) { sums_set_vec4(col, value); }'
      : `fn store_sums(col: u32, value: vec4f) {
  for (var j = 0u; j < min(4u, ${n}u - col); j++) { sums_set(col + j, value[j]); }
}`,
  );
}

const storeColumnSums = (col: string, value: string): string => `store_sums(${col}, ${value});`;

const GROUP = 64;

function partialSums(product: Product, splits: number): Ending {
  const { m, n, k, columnSums, label, traits } = product;
  const quads = Math.ceil(n / 4);
  // The column sums are one more row.
  const height = m + (columnSums === undefined ? 0 : 1);
  const place = (row: string, col: string): string => `(group.z * ${height}u + ${row}) * ${quads}u + (${col}) / 4u`;

  const shader = new Shader();
  shader.buffer('partial', { scratch: 0 }, 'f32', { vec4: true });
  declareColumnSums(shader, product);
  shader.finish(product.finish);
  const [x, y] = spread(Math.ceil((height * quads) / GROUP), traits.maxWorkgroupsPerDimension);
  const parts = Array.from({ length: splits }, (_, part) => `partial[i + ${part * height * quads}u]`);
  const last = columnSums === undefined ? '' : `if (row == ${m}u) { ${storeColumnSums('col', 'value')} return; }`;
  shader.add(`@compute @workgroup_size(${GROUP}) fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.y * ${x * GROUP}u + id.x;
  if (i >= ${height * quads}u) { return; }
  let row = i / ${quads}u;
  let col = (i % ${quads}u) * 4u;
  let value = ${parts.join(' + ')};
  ${last}
  finish(row, col, value);
}`);

  return {
    declare: (tiles) => tiles.buffer('partial', { scratch: 0 }, 'f32', { vec4: true, writable: true }),
    leave: (row, col, value) => `partial[${place(row, col)}] = ${value};`,
    leaveColumnSums: (col, value) => `partial[${place(`${m}u`, col)}] = ${value};`,
    range: (step, end) => {
      const length = Math.ceil(k / splits / step) * step;
      return { from: `group.z * ${length}u`, to: `min((group.z + 1u) * ${length}u, ${end}u)` };
    },
    isLast: `group.z == ${splits - 1}u`,
    splits,
    dispatches: [shader.dispatch(`${label}, sum of parts`, [x, y, 1])],
    scratchBytes: [splits * height * quads * 16],
  };
}
