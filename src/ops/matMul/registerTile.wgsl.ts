// Matrix products whose sums stay in registers, without workgroup memory: each thread has some rows × columns of C.
// All threads of a workgroup share their rows. With `broadcast` the lanes of a subgroup therefore share what they read
// of A: reads, not multiply-adds, are what a software adapter spends its time on.
import type { Program } from '../../engine/kernel.ts';
import { Shader } from '../../engine/shader.ts';
import { endingOf, type Ending } from './ending.wgsl.ts';
import type { Product } from './product.ts';
import { Reads } from './reads.wgsl.ts';
import type { RegisterVariant } from './variants.ts';

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);
const component = (i: number): string => 'xyzw'.charAt(i % 4);
/** Lanes that share their reads: every subgroup has as many. */
const LANES = 4;
/** Terms of the sum per turn of the loop: what a read of four neighbours gives. */
const TERMS = 4;

export function registerProgram(product: Product, given: RegisterVariant): Program {
  const { m, n, label, a, b } = product;
  // Where rows are neighbours in memory, four of them are one read.
  const rows = a.along === 'extent' ? Math.ceil(given.rows / 4) * 4 : given.rows;
  const variant = { ...given, rows };
  const { columns, group, broadcast } = variant;
  const ending = endingOf(product, variant.splitK);
  const tileColumns = group * columns;
  const shader = new Shader();
  shader.input('a', 0, a.spec, { vec4: a.aligned });
  shader.input('b', 1, b.spec, { vec4: b.aligned });
  ending.declare(shader);
  const lines = new Tile(product, variant, ending).lines();
  const builtins = [
    '@builtin(workgroup_id) group: vec3u',
    '@builtin(local_invocation_index) thread: u32',
    ...(broadcast ? ['@builtin(subgroup_invocation_id) subgroup_lane: u32'] : []),
  ];
  shader.add(`@compute @workgroup_size(${group}) fn main(${builtins.join(', ')}) {
  let row0 = group.y * ${rows}u;
  let col0 = group.x * ${tileColumns}u + thread * 4u;
  ${broadcast ? `let lane = subgroup_lane % ${LANES}u;` : ''}
  ${lines.join('\n  ')}
}`);
  const workgroups = [Math.ceil(n / tileColumns), Math.ceil(m / rows), ending.splits] as const;
  const tiles = shader.dispatch(label, workgroups, broadcast ? ['subgroups'] : []);
  return { dispatches: [tiles, ...ending.dispatches], scratchBytes: ending.scratchBytes };
}

/** A running sum: of one column, or of four where none is given. */
interface Sum {
  readonly name: string;
  readonly row: number;
  readonly quad: number;
  readonly column: number | undefined;
}

/** Writes the statements of one thread. Loops over rows and columns are written out: their sums are named variables. */
class Tile {
  readonly #product: Product;
  readonly #variant: RegisterVariant;
  readonly #ending: Ending;
  readonly #lines: string[] = [];

  constructor(product: Product, variant: RegisterVariant, ending: Ending) {
    this.#product = product;
    this.#variant = variant;
    this.#ending = ending;
  }

  lines(): readonly string[] {
    const { k } = this.#product;
    const { rows, columns } = this.#variant;
    const ending = this.#ending;
    const whole = k - (k % TERMS);
    for (const { name, column } of this.#sums())
      this.#add(`var ${name} = ${column === undefined ? 'vec4f' : 'f32'}();`);
    if (this.#product.columnSums) for (const c of this.#quads()) this.#add(`var column_sum${c} = vec4f();`);
    if (whole > 0) {
      const { from, to } = ending.range(TERMS, whole, rows * columns < 32);
      const { before, turn } = this.#turns(TERMS);
      this.#add('{', ...before, `for (var k = ${from}; k < ${to}; k += ${TERMS}u) {`, ...turn, '}', '}');
    }
    if (whole < k) {
      const { before, turn } = this.#turns(k - whole);
      const start = ending.isLast === undefined ? '{' : `if (${ending.isLast}) {`;
      this.#add(start, `let k = ${whole}u;`, ...before, ...turn, '}');
    }
    this.#leave();
    return this.#lines;
  }

  #add(...lines: string[]): void {
    this.#lines.push(...lines);
  }

  #quads(): number[] {
    return range(this.#variant.columns / 4);
  }

  /** The running sums. Software adapters keep numbers better than vectors in registers. */
  #sums(): Sum[] {
    const { rows, broadcast } = this.#variant;
    const columns = broadcast ? range(4) : [undefined];
    return range(rows).flatMap((row) =>
      this.#quads().flatMap((quad) =>
        columns.map((column) => ({
          name: `c${row}_${quad}${column === undefined ? '' : component(column)}`,
          row,
          quad,
          column,
        })),
      ),
    );
  }

  /** Statements before a loop of turns of so many terms, and those of a turn. */
  #turns(terms: number): { before: string[]; turn: string[] } {
    const [a, b] = [this.#turnsOfA(terms), this.#turnsOfB(terms)];
    return { before: [...a.before, ...b.before], turn: [...a.turn, ...b.turn, ...this.#products(terms)] };
  }

  /** Gives the vec4s a0, a1, … : terms of a row where these are neighbours in A, else rows of a term. */
  #turnsOfA(terms: number): { before: string[]; turn: string[] } {
    const { a, m } = this.#product;
    const { rows, broadcast } = this.#variant;
    const reads = new Reads(a, terms, m % rows !== 0);
    const rowQuads = Math.ceil(rows / 4);
    const count = a.along === 'depth' ? rows * Math.ceil(terms / 4) : terms * rowQuads;
    const own = range(broadcast ? Math.ceil(count / LANES) : count);
    const before = own.flatMap((i) => {
      const last = count % LANES === 0 ? '' : `, ${count - 1}u`;
      const mine = `${i * LANES}u + lane`;
      const read = broadcast ? (last ? `min(${mine}${last})` : `(${mine})`) : `${i}u`;
      return a.along === 'depth'
        ? reads.prepare(`a_at${i}`, `row0 + ${read} % ${rows}u`, `(${read} / ${rows}u) * 4u`)
        : reads.prepare(`a_at${i}`, `row0 + (${read} % ${rowQuads}u) * 4u`, `(${read} / ${rowQuads}u)`);
    });
    const turn = own.map((i) => `let ${broadcast ? 'a_part' : 'a'}${i} = ${reads.read(`a_at${i}`)};`);
    const shared = range(broadcast ? count : 0).map(
      (i) => `let a${i} = subgroupBroadcast(a_part${Math.floor(i / LANES)}, ${i % LANES}u);`,
    );
    return { before, turn: [...reads.turn(), ...turn, ...shared] };
  }

  /** Gives the vec4s b0_0, b0_1, …: by group of columns and term. */
  #turnsOfB(terms: number): { before: string[]; turn: string[] } {
    const { b, n } = this.#product;
    const { columns, group } = this.#variant;
    const reads = new Reads(b, terms, n % (group * columns) !== 0);
    const before: string[] = [];
    const turn = reads.turn();
    for (const c of this.#quads()) {
      const column = `col0 + ${c * group * 4}u`;
      if (b.along === 'extent') {
        before.push(...reads.prepare(`b_at${c}`, column, '0u'));
        turn.push(...range(terms).map((t) => `let b${c}_${t} = ${reads.read(`b_at${c}`, t)};`));
        continue;
      }
      for (const quad of range(Math.ceil(terms / 4))) {
        for (const j of range(4)) {
          const name = `${c}_${quad}_${j}`;
          before.push(...reads.prepare(`b_at${name}`, `${column} + ${j}u`, `${quad * 4}u`));
          turn.push(`let b_row${name} = ${reads.read(`b_at${name}`)};`);
        }
      }
      for (const t of range(terms)) {
        const column = range(4).map((j) => `b_row${c}_${Math.floor(t / 4)}_${j}.${component(t)}`);
        turn.push(`let b${c}_${t} = vec4f(${column.join(', ')});`);
      }
    }
    return { before, turn };
  }

  /** Adds the products of a turn. */
  #products(terms: number): string[] {
    const { a, columnSums } = this.#product;
    const { rows } = this.#variant;
    const rowQuads = Math.ceil(rows / 4);
    const valueOfA = (row: number, term: number): string =>
      a.along === 'depth'
        ? `a${Math.floor(term / 4) * rows + row}.${component(term)}`
        : `a${term * rowQuads + Math.floor(row / 4)}.${component(row)}`;
    const lines: string[] = [];
    // One long expression chain per sum, stored once: variables are memory to some software adapters.
    for (const { name, row, quad, column } of this.#sums()) {
      let sum = name;
      for (const t of range(terms)) {
        const [x, y] = [valueOfA(row, t), `b${quad}_${t}`];
        const product = column === undefined ? `vec4f(${x}), ${y}` : `${x}, ${y}.${component(column)}`;
        lines.push(`let ${name}_${t} = fma(${product}, ${sum});`);
        sum = `${name}_${t}`;
      }
      lines.push(`${name} = ${sum};`);
    }
    if (columnSums) {
      for (const c of this.#quads()) {
        lines.push(
          `column_sum${c} += ${range(terms)
            .map((t) => `b${c}_${t}`)
            .join(' + ')};`,
        );
      }
    }
    return lines;
  }

  #leave(): void {
    const { m, n, columnSums } = this.#product;
    const { rows, columns, group, broadcast } = this.#variant;
    for (const c of this.#quads()) {
      this.#add('{', `let col = col0 + ${c * group * 4}u;`);
      this.#add(n % (group * columns) === 0 ? '{' : `if (col < ${n}u) {`);
      if (columnSums) this.#add(`if (group.y == 0u) { ${this.#ending.leaveColumnSums('col', `column_sum${c}`)} }`);
      for (const r of range(rows)) {
        const value = broadcast
          ? `vec4f(${range(4)
              .map((j) => `c${r}_${c}${component(j)}`)
              .join(', ')})`
          : `c${r}_${c}`;
        const leave = this.#ending.leave(`row0 + ${r}u`, 'col', value);
        this.#add(m % rows === 0 ? leave : `if (row0 + ${r}u < ${m}u) { ${leave} }`);
      }
      this.#add('}', '}');
    }
  }
}
