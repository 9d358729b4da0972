// How attention's passes share out a head: every thread owns some tokens, and all tokens of a workgroup meet the same
// other tokens, step by step. Here is where those others' values come from; what is computed with them is not here.
import type { DeviceTraits } from '../../engine/kernel.ts';
import type { HeadShape } from './heads.ts';

/**
 * - `quad`: the four lanes of a quad each read one of the next four tokens, then hand them round. Without a GPU reading
 *   is what costs, and an exchange between lanes costs next to nothing.
 * - `tile`: the workgroup copies a tile of tokens to its own memory.
 * - `direct`: every thread reads for itself.
 */
export type Source = 'quad' | 'tile' | 'direct';

export interface Layout {
  readonly source: Source;
  /** Threads of a workgroup. */
  readonly lanes: number;
  /** Tokens that a thread owns. */
  readonly rows: number;
  /** Neighbouring threads that share their tokens, each with a part of the head's columns. */
  readonly parts: number;
  /** Tokens met at a time. */
  readonly step: number;
  /** Tokens of a tile. */
  readonly tile: number;
}

/** Vectors of four that hold a head's columns; the last may be padded with zeros. */
export const quadsOf = ({ headSize }: HeadShape): number => Math.ceil(headSize / 4);

/** Bytes of workgroup memory for one tile: half of what every device has, so that two workgroups fit. */
const TILE_BYTES = 8192;
const LANES = 64;
/** On an emulated GPU few lanes run at once, and few tokens in a block waste little above the diagonal. */
const SOFTWARE_LANES = 8;

/** A variant's name is its source, then how many tokens a thread owns, or after a slash how many threads share them. */
export function layoutOf(variant: string, shape: HeadShape, software: boolean): Layout {
  const found = /^(quad|tile|direct)(?:(\d+)|\/(\d+))$/.exec(variant);
  if (found === null) throw new RangeError(`Attention has no variant ${variant}.`);
  const source = found[1] === 'quad' || found[1] === 'tile' ? found[1] : 'direct';
  const quads = quadsOf(shape);
  const tokens = Math.floor(TILE_BYTES / (2 * 16 * quads));
  return {
    source,
    lanes: software ? SOFTWARE_LANES : LANES,
    rows: Number(found[2] ?? 1),
    parts: Number(found[3] ?? 1),
    step: source === 'direct' ? 1 : 4,
    tile: Math.max(4, Math.min(32, 4 * Math.floor(tokens / 4))),
  };
}

/**
 * Likely best first.
 * @param held vectors of `headSize` values that a thread keeps for each of its tokens
 */
export function variantsFor(shape: HeadShape, traits: DeviceTraits, held: number): string[] {
  const { software, subgroups } = traits;
  const quads = quadsOf(shape);
  if (software) return [subgroups ? `quad${quads * held <= 8 ? 2 : 1}` : 'direct1'];
  const parts = quads % 4 === 0 ? 4 : quads % 2 === 0 ? 2 : 1;
  const split = parts > 1 && quads >= 8 ? [`tile/${parts}`] : [];
  const shared = subgroups ? ['quad1'] : [];
  // Beyond 64 columns a thread's registers do not hold its tokens.
  return quads > 16 ? [...split, 'tile1', ...shared] : ['tile1', ...split, ...shared];
}

/** Values of the tokens met. */
export interface Streamed {
  readonly name: string;
  /** Vectors of four columns, or one number per token. */
  readonly kind: 'quads' | 'number';
  /** Expression of where a token's values begin; `token` is an expression below `length`. */
  address(token: string): string;
  /** Expression of vector `i`, or of the number. */
  read(address: string, i: string): string;
}

/** Generates the loop over the tokens met, as WGSL. The shader has `lane`, and `subgroup_lane` for quads. */
export class Stream {
  readonly #layout: Layout;
  readonly #quads: number;
  readonly #length: number;
  readonly #sources: readonly Streamed[];

  constructor(layout: Layout, shape: HeadShape, sources: readonly Streamed[]) {
    this.#layout = layout;
    this.#quads = quadsOf(shape);
    this.#length = shape.length;
    this.#sources = sources;
  }

  get declarations(): string {
    if (this.#layout.source !== 'tile') return '';
    const { tile } = this.#layout;
    return this.#sources
      .map(({ name, kind }) =>
        kind === 'quads'
          ? `var<workgroup> ${name}_tile: array<vec4f, ${tile * this.#quads}>;`
          : `var<workgroup> ${name}_tile: array<f32, ${tile}>;`,
      )
      .join('\n');
  }

  /** Runs `body` for tokens `met` … `met + step − 1`, from `from` on; those from `end` on may come along. */
  loop(from: string, end: string, body: string): string {
    const { source, step } = this.#layout;
    if (source === 'tile') return this.#tiledLoop(from, end, body);
    const last = this.#length - 1;
    const lets = (token: string, suffix: string): string =>
      this.#sources
        .map(({ name, address }) => `let ${name}_at${suffix} = ${address(`min(${token}, ${last}u)`)};`)
        .join('\n');
    const addresses =
      source === 'quad' ? lets('met + subgroup_lane % 4u', '') : range(step, (n) => lets(`met + ${n}u`, `${n}`));
    return `for (var met = ${from}; met < ${end}; met += ${step}u) {\n${addresses}\n${body}\n}`;
  }

  /** Statements that make vector `i` available to `value` until the end of the loop's body; numbers have no `i`. */
  fetch(name: string, i = 0): string {
    const { source, step } = this.#layout;
    const streamed = this.#sources.find((one) => one.name === name);
    if (streamed === undefined || source === 'tile') return '';
    const read = (suffix: string): string => streamed.read(`${name}_at${suffix}`, `${i}u`);
    if (source === 'quad') return `let ${name}_${i} = ${read('')};`;
    return range(step, (n) => `let ${name}${n}_${i} = ${read(`${n}`)};`);
  }

  /** Expression of the value of token `met + n`. */
  value(name: string, n: number, i = 0): string {
    const { source, parts } = this.#layout;
    if (source === 'quad') return `quadBroadcast(${name}_${i}, ${n}u)`;
    if (source === 'direct') return `${name}${n}_${i}`;
    if (this.#sources.find((one) => one.name === name)?.kind === 'number') return `${name}_tile[place + ${n}u]`;
    const part = parts > 1 ? ` + part * ${this.#quads / parts}u` : '';
    return `${name}_tile[(place + ${n}u) * ${this.#quads}u + ${i}u${part}]`;
  }

  #tiledLoop(from: string, end: string, body: string): string {
    const { lanes, tile, step } = this.#layout;
    const quads = this.#quads;
    const copies = (kind: Streamed['kind'], token: string, i: string): string =>
      this.#sources
        .filter((one) => one.kind === kind)
        .map(({ name, address, read }) => `${name}_tile[e] = ${read(address(token), i)};`)
        .join('\n');
    const last = this.#length - 1;
    const vectors = copies('quads', 'token', `e % ${quads}u`);
    const numbers = copies('number', 'token', '');
    return `for (var tile = ${from}; tile < ${end}; tile += ${tile}u) {
  workgroupBarrier();
  for (var e = lane; e < ${tile * quads}u; e += ${lanes}u) {
    let token = min(tile + e / ${quads}u, ${last}u);
    ${vectors}
  }
  ${numbers && `for (var e = lane; e < ${tile}u; e += ${lanes}u) {\nlet token = min(tile + e, ${last}u);\n${numbers}\n}`}
  workgroupBarrier();
  let places = min(${tile}u, ${end} - tile);
  for (var place = 0u; place < places; place += ${step}u) {
    let met = tile + place;
    ${body}
  }
}`;
  }
}

/** Text for each of 0 … count − 1. */
export const range = (count: number, text: (i: number) => string, separator = '\n'): string =>
  Array.from({ length: count }, (_, i) => text(i)).join(separator);

/** Tokens that a workgroup owns. */
const blockRows = ({ lanes, rows, parts }: Layout): number => (lanes / parts) * rows;

export const workgroupsOf = (layout: Layout, { batch, length, nHead }: HeadShape): [number, number, number] => [
  Math.ceil(length / blockRows(layout)),
  nHead,
  batch,
];

export const extensionsOf = ({ source }: Layout): string[] => (source === 'quad' ? ['subgroups'] : []);

/**
 * The entry point. `body` finds: `start`, the sequence's first token; `head`, the head's first column; `first`, the first
 * token that the workgroup owns; for its own tokens `own0`, `own1`, … (they may lie beyond the end, `kept0` … do not);
 * `part`, where threads share tokens.
 */
export function entryPoint(layout: Layout, { length, headSize }: HeadShape, body: string): string {
  const { lanes, rows, parts, source } = layout;
  const own = parts > 1 ? `lane / ${parts}u` : 'lane';
  return `@compute @workgroup_size(${lanes}) fn main(
  @builtin(local_invocation_index) lane: u32,
  ${source === 'quad' ? '@builtin(subgroup_invocation_id) subgroup_lane: u32,' : ''}
  @builtin(workgroup_id) group: vec3u,
) {
  let start = group.z * ${length}u;
  let head = group.y * ${headSize}u;
  let first = group.x * ${blockRows(layout)}u;
  ${parts > 1 ? `let part = lane % ${parts}u;\nvar turn = 0u;` : ''}
  ${range(rows, (j) => `let own${j} = first + ${own} + ${(j * lanes) / parts}u;\nlet kept${j} = min(own${j}, ${length - 1}u);`)}
  ${body}
}`;
}

/** Columns of a head's part, as a term to add to an address. */
export const partColumns = ({ parts }: Layout, { headSize }: HeadShape): string =>
  parts > 1 ? ` + part * ${headSize / parts}u` : '';

/** Declarations for `exchange`. */
export const exchangeMemory = ({ lanes, parts }: Layout, count: number): string =>
  parts > 1 ? `var<workgroup> partial_sums: array<vec4f, ${2 * lanes * count}>;` : '';

/**
 * Where threads share tokens: adds up their parts of some vectors of four numbers, `names`, in place. Two places in turn
 * save the second barrier.
 */
export function exchange({ lanes, parts }: Layout, names: readonly string[]): string {
  if (parts === 1) return '';
  const count = names.length;
  const at = (lane: string, i: number): string => `partial_sums[(turn * ${lanes}u + ${lane}) * ${count}u + ${i}u]`;
  const neighbours = (i: number): string => range(parts, (p) => at(`lane - part + ${p}u`, i), ' + ');
  return `${names.map((name, i) => `${at('lane', i)} = ${name};`).join('\n')}
  workgroupBarrier();
  ${names.map((name, i) => `${name} = ${neighbours(i)};`).join('\n')}
  turn = 1u - turn;`;
}
