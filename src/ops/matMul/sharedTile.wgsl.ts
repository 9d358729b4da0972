// Matrix products by tiles in workgroup memory, for real GPUs: a workgroup stages a panel of A and of B, then every
// thread adds up its rows × columns of C from there. Slow on software adapters.
import type { Program } from '../../engine/kernel.ts';
import { Shader } from '../../engine/shader.ts';
import { endingOf } from './ending.wgsl.ts';
import type { Operand, Product } from './product.ts';
import type { SharedVariant } from './variants.ts';

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

export function sharedProgram(product: Product, variant: SharedVariant): Program {
  const { m, n, k, a, b, label, columnSums } = product;
  const { tileRows, tileColumns, tileDepth, rows, columns } = variant;
  const ending = endingOf(product, variant.splitK);
  const [across, down] = [tileColumns / columns, tileRows / rows];
  const threads = across * down;
  const shader = new Shader();
  shader.input('a', 0, a.spec, { vec4: a.aligned });
  shader.input('b', 1, b.spec, { vec4: b.aligned });
  ending.declare(shader);
  for (const [operand, tile] of [
    [a, tileRows],
    [b, tileColumns],
  ] as const) {
    // [term][place / 4]: neighbours along C's rows or columns, so that threads read whole vec4s of both.
    shader.add(`var<workgroup> panel_${operand.name}: array<vec4f, ${(tileDepth * tile) / 4}>;`);
    shader.add(readFour(operand, operand.extent % tile !== 0, k % tileDepth !== 0));
  }
  const [rowQuads, colQuads] = [range(rows / 4), range(columns / 4)];
  const cells = range(rows).flatMap((r) => colQuads.map((c) => ({ r, c })));
  const { from, to } = ending.range(tileDepth, k, true);
  // A thread's groups of four are spread over the tile: neighbouring threads read neighbouring vec4s.
  const rowOf = (quad: number): string => `row0 + (${quad * down}u + y) * 4u`;
  const colOf = (quad: number): string => `col0 + (${quad * across}u + x) * 4u`;
  const sums = columnSums ? colQuads : [];
  const rowGuard = (row: string, leave: string): string =>
    m % tileRows === 0 ? leave : `if (${row} < ${m}u) { ${leave} }`;
  shader.add(`@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let row0 = group.y * ${tileRows}u;
  let col0 = group.x * ${tileColumns}u;
  let x = thread % ${across}u;
  let y = thread / ${across}u;
  ${cells.map(({ r, c }) => `var c${r}_${c} = vec4f();`).join(' ')}
  ${sums.map((c) => `var column_sum${c} = vec4f();`).join(' ')}
  for (var k = ${from}; k < ${to}; k += ${tileDepth}u) {
    ${stage(a, tileRows, tileDepth, threads, 'row0')}
    ${stage(b, tileColumns, tileDepth, threads, 'col0')}
    workgroupBarrier();
    for (var t = 0u; t < ${tileDepth}u; t++) {
      ${rowQuads.map((q) => `let a${q} = panel_a[t * ${tileRows / 4}u + ${q * down}u + y];`).join(' ')}
      ${colQuads.map((q) => `let b${q} = panel_b[t * ${tileColumns / 4}u + ${q * across}u + x];`).join(' ')}
      ${cells
        .map(({ r, c }) => `c${r}_${c} = fma(vec4f(a${Math.floor(r / 4)}.${'xyzw'.charAt(r % 4)}), b${c}, c${r}_${c});`)
        .join('\n      ')}
      ${columnSums ? `if (group.y == 0u) { ${sums.map((c) => `column_sum${c} += b${c};`).join(' ')} }` : ''}
    }
    workgroupBarrier();
  }
  ${colQuads
    .map((c) => {
      const leaves = range(rows).map((r) => {
        const row = `${rowOf(Math.floor(r / 4))} + ${r % 4}u`;
        return rowGuard(row, ending.leave(row, colOf(c), `c${r}_${c}`));
      });
      const first = columnSums
        ? `if (group.y == 0u && y == 0u) { ${ending.leaveColumnSums(colOf(c), `column_sum${c}`)} }`
        : '';
      const body = [first, ...leaves].join('\n    ');
      return n % tileColumns === 0 ? body : `if (${colOf(c)} < ${n}u) {\n    ${body}\n  }`;
    })
    .join('\n  ')}
}`);
  const workgroups = [Math.ceil(n / tileColumns), Math.ceil(m / tileRows), ending.splits] as const;
  return { dispatches: [shader.dispatch(label, workgroups), ...ending.dispatches], scratchBytes: ending.scratchBytes };
}

/**
 * `read_x(place: u32, term: u32) -> vec4f`: four neighbours in memory from [place, term] on. Places beyond the matrix
 * repeat its last ones, which nobody uses; terms beyond it are 0.
 */
function readFour({ name, along, extent, depth, width, aligned }: Operand, clamp: boolean, mask: boolean): string {
  const kept = (place: string, last: number): string => (clamp ? `min(${place}, ${last}u)` : place);
  const term = (term: string): string => (mask ? `min(${term}, ${depth - 1}u)` : term);
  const header = `fn read_${name}(place: u32, term: u32) -> vec4f`;
  const masked = (value: string): string => (mask ? `select(vec4f(), ${value}, term < ${depth}u)` : value);
  if (along === 'extent') {
    const row = `${term('term')} * ${aligned ? width / 4 : width}u`;
    const value = aligned
      ? `vec4f(${name}[${row} + ${kept('place', extent - 4)} / 4u])`
      : `vec4f(${range(4)
          .map((j) => `${name}_at(${row} + ${kept(`place + ${j}u`, extent - 1)})`)
          .join(', ')})`;
    return `${header} { return ${masked(value)}; }`;
  }
  if (aligned) {
    const last = mask ? `min(term, ${depth - 4}u)` : 'term';
    const value = `vec4f(${name}[${kept('place', extent - 1)} * ${width / 4}u + ${last} / 4u])`;
    return `${header} { return ${masked(value)}; }`;
  }
  const each = range(4).map((j) => {
    const value = `${name}_at(${kept('place', extent - 1)} * ${width}u + ${term(`term + ${j}u`)})`;
    return mask ? `select(0.0, ${value}, term + ${j}u < ${depth}u)` : value;
  });
  return `${header} { return vec4f(${each.join(', ')}); }`;
}

/** Statements that fill a panel, by blocks of 4 places × 4 terms; those stored along the sum are transposed. */
function stage({ name, along }: Operand, tile: number, tileDepth: number, threads: number, start: string): string {
  const [places, terms] = [tile / 4, tileDepth / 4];
  const blocks = places * terms;
  const turns = range(Math.ceil(blocks / threads)).map((turn) => {
    const guard = (turn + 1) * threads > blocks ? `if (i < ${blocks}u) ` : '';
    const [place, term] =
      along === 'extent' ? [`i % ${places}u`, `i / ${places}u`] : [`i / ${terms}u`, `i % ${terms}u`];
    const reads = range(4).map((j) =>
      along === 'extent'
        ? `let v${j} = read_${name}(${start} + place * 4u, k + term * 4u + ${j}u);`
        : `let v${j} = read_${name}(${start} + place * 4u + ${j}u, k + term * 4u);`,
    );
    const writes = range(4).map((j) => {
      const value =
        along === 'extent'
          ? `v${j}`
          : `vec4f(${range(4)
              .map((i) => `v${i}.${'xyzw'.charAt(j)}`)
              .join(', ')})`;
      return `panel_${name}[(term * 4u + ${j}u) * ${places}u + place] = ${value};`;
    });
    return `{ let i = thread + ${turn * threads}u; ${guard}{
      let place = ${place}; let term = ${term};
      ${[...reads, ...writes].join('\n      ')}
    } }`;
  });
  return turns.join('\n    ');
}
