// Flash attention in WGSL (Dao et al. 2022): softmax runs along the keys as they come, so that no T × T matrix is ever in
// memory; the backward pass makes the weights again from the saved log-sum-exp. One thread has one query row (or, for
// the gradients of keys and values, one key), with its vectors in registers.
import type { Dispatch, PlacedSpec, Program } from '../../engine/kernel.ts';
import { Shader } from '../../engine/shader.ts';
import { DROPOUT_FUNCTIONS, dropoutFactor, dropoutStart } from '../dropout/dropout.wgsl.ts';
import type { DropoutSite } from '../dropout/dropoutMask.ts';
import type { HeadShape } from './heads.ts';

export interface AttentionProgram {
  readonly shape: HeadShape;
  readonly dropout: DropoutSite | undefined;
  /** `rows W`, with ` broadcast`: W rows per workgroup, lanes sharing what they read. */
  readonly variant: string;
}

const VARIANT = /^rows (\d+)( broadcast)?$/;
/** Keys, or queries, per turn of the loop; every subgroup has as many lanes. */
const TURN = 4;

const times = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join('\n');

/** The parts that all programs of one shape share. */
class Rows {
  readonly #program: AttentionProgram;
  readonly quads: number;
  readonly group: number;
  readonly broadcast: boolean;

  constructor(program: AttentionProgram) {
    const parsed = VARIANT.exec(program.variant);
    if (parsed === null) throw new RangeError(`No variant of attention is called "${program.variant}".`);
    this.#program = program;
    this.quads = Math.ceil(program.shape.headSize / 4);
    this.group = Number(parsed[1]);
    this.broadcast = parsed[2] !== undefined;
  }

  get aligned(): boolean {
    return this.#program.shape.headSize % 4 === 0;
  }

  /** Constants and, per buffer name, `part_x(base, quad)`: four numbers of a head's vector, zeros beyond its end. */
  declarations(readers: readonly string[]): string {
    const { shape, dropout } = this.#program;
    const { length, nHead, headSize } = shape;
    const part = (name: string): string =>
      this.aligned
        ? `fn part_${name}(base: u32, quad: u32) -> vec4f { return ${name}_vec4(base + 4u * quad); }`
        : `fn part_${name}(base: u32, quad: u32) -> vec4f {
  var v = vec4f();
  for (var j = 0u; j < min(4u, HEAD - 4u * quad); j++) { v[j] = ${name}_at(base + 4u * quad + j); }
  return v;
}`;
    return [
      `const LENGTH = ${length}u;`,
      `const HEADS = ${nHead}u;`,
      `const HEAD = ${headSize}u;`,
      `const WIDTH = ${nHead * headSize}u;`,
      // Scores in units of ln 2, for exp2.
      `const SCALE = ${(Math.LOG2E / Math.sqrt(headSize)).toPrecision(9)}f;`,
      `const SLOPE = ${(1 / Math.sqrt(headSize)).toPrecision(9)}f;`,
      ...(dropout ? Object.values(DROPOUT_FUNCTIONS) : []),
      ...readers.map(part),
      `fn qkv_base(batch: u32, row: u32, head: u32, which: u32) -> u32 { return (batch * LENGTH + row) * 3u * WIDTH + which * WIDTH + head * HEAD; }`,
      `fn out_base(batch: u32, row: u32, head: u32) -> u32 { return (batch * LENGTH + row) * WIDTH + head * HEAD; }`,
    ].join('\n');
  }

  main(body: string): string {
    const lane = this.broadcast ? ', @builtin(subgroup_invocation_id) subgroup_lane: u32' : '';
    const { dropout } = this.#program;
    return `@compute @workgroup_size(${this.group}) fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u${lane}) {
  let head = group.y;
  let batch = group.z;
  let first = group.x * ${this.group}u;
  let own = first + thread;
  let safe = min(own, LENGTH - 1u);
  ${this.broadcast ? `let lane = subgroup_lane % ${TURN}u;` : ''}
  ${dropout ? `let drop_start = ${dropoutStart('bitcast<u32>(key[0])', dropout)};` : ''}
${body}
}`;
  }

  /** Lets `x0_quad … x3_quad`: the vectors of rows at, at + 1, … of one operand, read once and shared. */
  vectors(name: string, reader: string, base: (row: string) => string): string {
    const row = (n: string): string => `min(at + ${n}, LENGTH - 1u)`;
    return times(this.quads, (quad) => {
      if (!this.broadcast) {
        return times(TURN, (n) => `let ${name}${n}_${quad} = part_${reader}(${base(row(`${n}u`))}, ${quad}u);`);
      }
      return [
        `let ${name}_part${quad} = part_${reader}(${base(row('lane'))}, ${quad}u);`,
        times(TURN, (n) => `let ${name}${n}_${quad} = subgroupBroadcast(${name}_part${quad}, ${n}u);`),
      ].join('\n');
    });
  }

  /** The sum of products of two vectors given by quad. */
  dot(a: (quad: number) => string, b: (quad: number) => string): string {
    return Array.from({ length: this.quads }, (_, quad) => `dot(${a(quad)}, ${b(quad)})`).join(' + ');
  }

  /** Factor of the weight at a row and a column; 1 without dropout. */
  factor(row: string, column: string): string {
    const { dropout } = this.#program;
    const index = `(((batch * HEADS + head) * LENGTH + ${row}) * LENGTH + ${column})`;
    return dropout ? dropoutFactor('drop_start', index, dropout) : '1.0';
  }

  get drops(): boolean {
    return this.#program.dropout !== undefined;
  }

  store(name: string, base: string, value: (quad: number) => string): string {
    if (this.aligned) return times(this.quads, (quad) => `${name}_set_vec4(${base} + ${4 * quad}u, ${value(quad)});`);
    return times(this.quads, (quad) => {
      const count = Math.min(4, this.#program.shape.headSize - 4 * quad);
      return times(count, (j) => `${name}_set(${base} + ${4 * quad + j}u, (${value(quad)}).${'xyzw'[j]});`);
    });
  }

  dispatch(shader: Shader, label: string): Dispatch {
    const { batch, length, nHead } = this.#program.shape;
    const groups = [Math.ceil(length / this.group), nHead, batch] as const;
    return shader.dispatch(label, groups, this.broadcast ? ['subgroups'] : []);
  }
}

interface Specs {
  readonly inputs: readonly PlacedSpec[];
  readonly outputs: readonly PlacedSpec[];
}

function spec(specs: readonly PlacedSpec[], index: number): PlacedSpec {
  const found = specs[index];
  if (found === undefined) throw new RangeError(`There is no tensor ${index}.`);
  return found;
}

/** qkv [, key] → output, log-sum-exp. */
export function attentionProgram({ inputs, outputs }: Specs, program: AttentionProgram): Program {
  const rows = new Rows(program);
  const vec4 = rows.aligned;
  const { quads } = rows;
  const shader = new Shader();
  shader.input('qkv', 0, spec(inputs, 0), { vec4 });
  shader.output('mixed', 0, spec(outputs, 0), { vec4 });
  shader.output('log_sum_exp', 1, spec(outputs, 1));
  if (rows.drops) shader.input('key', 1, spec(inputs, 1));
  shader.add(rows.declarations(['qkv']));
  shader.add(
    rows.main(`  let query_base = qkv_base(batch, safe, head, 0u);
${times(quads, (i) => `let q${i} = part_qkv(query_base, ${i}u) * SCALE; var sum${i} = vec4f();`)}
  var largest = -1e38;
  var total = 0.0;
  let end = min(first + ${rows.group}u, LENGTH);
  for (var at = 0u; at < end; at += ${TURN}u) {
${rows.vectors('k', 'qkv', (row) => `qkv_base(batch, ${row}, head, 1u)`)}
${times(
  TURN,
  (n) =>
    `let score${n} = select(-1e38, ${rows.dot(
      (i) => `q${i}`,
      (i) => `k${n}_${i}`,
    )}, at + ${n}u <= own);`,
)}
    let next = max(max(largest, max(score0, score1)), max(score2, score3));
    let fade = exp2(largest - next);
    largest = next;
${times(TURN, (n) => `let p${n} = exp2(score${n} - next);`)}
    total = total * fade + ((p0 + p1) + (p2 + p3));
${times(TURN, (n) => `let w${n} = p${n}${rows.drops ? ` * ${rows.factor('own', `at + ${n}u`)}` : ''};`)}
${rows.vectors('v', 'qkv', (row) => `qkv_base(batch, ${row}, head, 2u)`)}
${times(quads, (i) => `sum${i} = sum${i} * fade + (w0 * v0_${i} + w1 * v1_${i} + w2 * v2_${i} + w3 * v3_${i});`)}
  }
  if (own >= LENGTH) { return; }
  let share = 1.0 / total;
  let base = out_base(batch, own, head);
${rows.store('mixed', 'base', (i) => `sum${i} * share`)}
  log_sum_exp_set((batch * HEADS + head) * LENGTH + own, (largest + log2(total)) * ${Math.LN2}f);`),
  );
  return { dispatches: [rows.dispatch(shader, 'attention')] };
}

/** dy, qkv, output, log-sum-exp [, key] → dqkv. Queries first, which also sums up dy ∘ output, then keys and values. */
export function attentionGradientProgram(specs: Specs, program: AttentionProgram): Program {
  const { batch, length, nHead } = program.shape;
  return {
    dispatches: [queryGradient(specs, program), keyValueGradient(specs, program)],
    scratchBytes: [4 * batch * nHead * length],
  };
}

function queryGradient({ inputs, outputs }: Specs, program: AttentionProgram): Dispatch {
  const rows = new Rows(program);
  const vec4 = rows.aligned;
  const { quads } = rows;
  const shader = new Shader();
  shader.input('dy', 0, spec(inputs, 0), { vec4 });
  shader.input('qkv', 1, spec(inputs, 1), { vec4 });
  shader.input('mixed', 2, spec(inputs, 2), { vec4 });
  shader.input('log_sum_exp', 3, spec(inputs, 3));
  shader.output('dqkv', 0, spec(outputs, 0), { vec4 });
  shader.buffer('row_sums', { scratch: 0 }, 'f32', { writable: true });
  if (rows.drops) shader.input('key', 4, spec(inputs, 4));
  shader.add(rows.declarations(['dy', 'qkv', 'mixed']));
  shader.add(
    rows.main(`  let query_base = qkv_base(batch, safe, head, 0u);
  let base = out_base(batch, safe, head);
  let place = (batch * HEADS + head) * LENGTH + safe;
  let lse = log_sum_exp_at(place) * ${Math.LOG2E}f;
  var row_sum = 0.0;
${times(quads, (i) => `let q${i} = part_qkv(query_base, ${i}u) * SCALE; let dy${i} = part_dy(base, ${i}u); row_sum += dot(dy${i}, part_mixed(base, ${i}u)); var dq${i} = vec4f();`)}
  let end = min(first + ${rows.group}u, LENGTH);
  for (var at = 0u; at < end; at += ${TURN}u) {
${rows.vectors('k', 'qkv', (row) => `qkv_base(batch, ${row}, head, 1u)`)}
${rows.vectors('v', 'qkv', (row) => `qkv_base(batch, ${row}, head, 2u)`)}
${times(
  TURN,
  (n) =>
    `let p${n} = select(0.0, exp2(${rows.dot(
      (i) => `q${i}`,
      (i) => `k${n}_${i}`,
    )} - lse), at + ${n}u <= own);`,
)}
${times(
  TURN,
  (n) =>
    `let d${n} = p${n} * ((${rows.dot(
      (i) => `dy${i}`,
      (i) => `v${n}_${i}`,
    )})${rows.drops ? ` * ${rows.factor('own', `at + ${n}u`)}` : ''} - row_sum);`,
)}
${times(quads, (i) => `dq${i} += d0 * k0_${i} + d1 * k1_${i} + d2 * k2_${i} + d3 * k3_${i};`)}
  }
  if (own >= LENGTH) { return; }
  row_sums_set(place, row_sum);
${rows.store('dqkv', 'query_base', (i) => `dq${i} * SLOPE`)}`),
  );
  return rows.dispatch(shader, 'attentionGradient of queries');
}

function keyValueGradient({ inputs, outputs }: Specs, program: AttentionProgram): Dispatch {
  const rows = new Rows(program);
  const vec4 = rows.aligned;
  const { quads } = rows;
  const shader = new Shader();
  shader.input('dy', 0, spec(inputs, 0), { vec4 });
  shader.input('qkv', 1, spec(inputs, 1), { vec4 });
  shader.input('log_sum_exp', 3, spec(inputs, 3));
  shader.output('dqkv', 0, spec(outputs, 0), { vec4 });
  shader.buffer('row_sums', { scratch: 0 }, 'f32');
  if (rows.drops) shader.input('key', 4, spec(inputs, 4));
  shader.add(rows.declarations(['dy', 'qkv']));
  shader.add(
    rows.main(`  let key_base = qkv_base(batch, safe, head, 1u);
  let value_base = qkv_base(batch, safe, head, 2u);
  let place = (batch * HEADS + head) * LENGTH;
${times(quads, (i) => `let k${i} = part_qkv(key_base, ${i}u) * SCALE; let v${i} = part_qkv(value_base, ${i}u); var dk${i} = vec4f(); var dv${i} = vec4f();`)}
  // Turns start at a multiple of ${TURN} for all threads of the workgroup.
  for (var at = first - first % ${TURN}u; at < LENGTH; at += ${TURN}u) {
${rows.vectors('q', 'qkv', (row) => `qkv_base(batch, ${row}, head, 0u)`)}
${rows.vectors('dy', 'dy', (row) => `out_base(batch, ${row}, head)`)}
${times(
  TURN,
  (n) => `let row${n} = min(at + ${n}u, LENGTH - 1u);
let sees${n} = at + ${n}u >= own && at + ${n}u < LENGTH;
let p${n} = select(0.0, exp2(${rows.dot(
    (i) => `k${i}`,
    (i) => `q${n}_${i}`,
  )} - log_sum_exp_at(place + row${n}) * ${Math.LOG2E}f), sees${n});
let f${n} = ${rows.factor(`row${n}`, 'safe')};
let d${n} = p${n} * ((${rows.dot(
    (i) => `v${i}`,
    (i) => `dy${n}_${i}`,
  )}) * f${n} - row_sums_at(place + row${n}));
let w${n} = p${n} * f${n};`,
)}
${times(
  quads,
  (i) => `dk${i} += d0 * q0_${i} + d1 * q1_${i} + d2 * q2_${i} + d3 * q3_${i};
dv${i} += w0 * dy0_${i} + w1 * dy1_${i} + w2 * dy2_${i} + w3 * dy3_${i};`,
)}
  }
  if (own >= LENGTH) { return; }
${rows.store('dqkv', 'key_base', (i) => `dk${i} * SLOPE`)}
${rows.store('dqkv', 'value_base', (i) => `dv${i}`)}`),
  );
  return rows.dispatch(shader, 'attentionGradient of keys and values');
}
