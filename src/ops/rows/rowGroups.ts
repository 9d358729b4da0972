// A workgroup's threads as rows × lanes, for kernels that reduce along rows: the names of such divisions, and the WGSL
// that finds a thread's row and adds up over a row's lanes. What is reduced is the kernel's matter.
import type { DeviceTraits } from '../../engine/kernel.ts';
import { spread } from '../../engine/shader.ts';

export interface RowGroups {
  /** Rows that a workgroup works on at a time. */
  readonly rows: number;
  /** Threads that share a row; a power of two. */
  readonly lanes: number;
}

/** The division that a variant names: `16x4` is 16 rows of 4 lanes each. @throws RangeError for other names */
export function rowGroups(variant: string): RowGroups {
  const [rows = 0, lanes = 0] = variant.split('x').map(Number);
  if (!(rows >= 1 && lanes >= 1 && Number.isInteger(Math.log2(lanes)))) {
    throw new RangeError(`${variant} is no division of a workgroup into rows and lanes.`);
  }
  return { rows, lanes };
}

/** Number of workgroups in each dimension for all rows. */
export const groupsFor = (count: number, { rows }: RowGroups, traits: DeviceTraits): [number, number, number] =>
  spread(Math.ceil(count / rows), traits.maxWorkgroupsPerDimension);

/** The entry point's head: declares `local`, `lane`, `slot` (the row within the workgroup) and `row`. */
export const rowMain = ({ rows, lanes }: RowGroups, [x]: readonly [number, number, number], body: string): string =>
  `@compute @workgroup_size(${rows * lanes})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let lane = local % ${lanes}u;
  let slot = local / ${lanes}u;
  let row = (group.y * ${x}u + group.x) * ${rows}u + slot;
${body}
}`;

/**
 * `fn ${name}(local: u32, value: ${type}) -> ${type}`: the value of all lanes of a row together, in a fixed order, for
 * each of them. Every thread of the workgroup calls it.
 * @param join WGSL expression that joins `a` and `b`
 */
export function acrossLanes(name: string, { rows, lanes }: RowGroups, type: string, join = 'a + b'): string {
  if (lanes === 1) return `fn ${name}(local: u32, value: ${type}) -> ${type} { return value; }`;
  return `var<workgroup> ${name}_shared: array<${type}, ${rows * lanes}>;
fn ${name}_join(a: ${type}, b: ${type}) -> ${type} { return ${join}; }
fn ${name}(local: u32, value: ${type}) -> ${type} {
  let lane = local % ${lanes}u;
  ${name}_shared[local] = value;
  workgroupBarrier();
  for (var step = ${lanes / 2}u; step > 0u; step /= 2u) {
    if (lane < step) { ${name}_shared[local] = ${name}_join(${name}_shared[local], ${name}_shared[local + step]); }
    workgroupBarrier();
  }
  let joined = ${name}_shared[local - lane];
  workgroupBarrier();
  return joined;
}`;
}

/**
 * `fn ${name}_quad(row: u32, quad: u32) -> vec4f`: four neighbouring columns of a row, zeros beyond the width.
 * The buffer is declared with `vec4` where the width is a multiple of four.
 */
export function quadLoad(name: string, width: number): string {
  const head = `fn ${name}_quad(row: u32, quad: u32) -> vec4f`;
  if (width % 4 === 0) return `${head} { return ${name}_vec4(row * ${width}u + quad * 4u); }`;
  const at = (j: number): string => `${name}_at(start + min(col + ${j}u, ${width - 1}u))`;
  return `${head} {
  let start = row * ${width}u;
  let col = quad * 4u;
  return inside(col, vec4f(${at(0)}, ${at(1)}, ${at(2)}, ${at(3)}));
}`;
}

/** `fn inside(col: u32, value: vec4f) -> vec4f`: zeros in place of columns beyond the width. */
export const insideCode = (width: number): string =>
  width % 4 === 0
    ? 'fn inside(col: u32, value: vec4f) -> vec4f { return value; }'
    : `fn inside(col: u32, value: vec4f) -> vec4f {
  return select(vec4f(), value, vec4u(col, col + 1u, col + 2u, col + 3u) < vec4u(${width}u));
}`;

/** `fn ${name}_set_quad(row: u32, quad: u32, value: vec4f)`: stores the columns within the width. */
export function quadStore(name: string, width: number): string {
  const head = `fn ${name}_set_quad(row: u32, quad: u32, value: vec4f)`;
  if (width % 4 === 0) return `${head} { ${name}_set_vec4(row * ${width}u + quad * 4u, value); }`;
  return `${head} {
  let col = quad * 4u;
  for (var j = 0u; j < min(4u, ${width}u - col); j++) { ${name}_set(row * ${width}u + col + j, value[j]); }
}`;
}
