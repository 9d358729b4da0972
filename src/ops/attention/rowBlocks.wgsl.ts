// How attention's passes share out a head: every thread owns some tokens, and all tokens of a workgroup meet the same
// other tokens, four at a time. Where the others' values come from is `attendedTokens.wgsl.ts`; the mathematics is in neither.
import type { DeviceTraits } from '../../engine/kernel.ts';
import type { HeadShape } from './heads.ts';
import { reachOf } from './visibility.ts';

/**
 * - `quad`: the four lanes of a quad each read one of the four tokens, then hand them round. Without a GPU reading is
 *   what costs, and an exchange between lanes costs next to nothing.
 * - `tile`: the workgroup copies a tile of tokens to its own memory.
 */
export type Source = 'quad' | 'tile';

export interface Layout {
  readonly source: Source;
  /** Threads of a workgroup. */
  readonly lanes: number;
  /** Tokens that a thread owns. */
  readonly rows: number;
  /** Neighbouring threads that share their tokens, each with a part of the head's columns; then `rows` is 1. */
  readonly parts: number;
  /** Tokens of a tile. */
  readonly tile: number;
}

/** Tokens met at a time. */
export const STEP = 4;

/** Bytes of workgroup memory for one tile: half of what every device has, so that two workgroups fit. */
const TILE_BYTES = 8192;
const LANES = 64;
/** On an emulated GPU few lanes run at once, and few tokens in a block waste little above the diagonal. */
const SOFTWARE_LANES = 8;

/** Vectors of four that hold a head's columns; the last may be padded with zeros. */
export const quadsOf = ({ headSize }: HeadShape): number => Math.ceil(headSize / 4);

/**
 * A variant's name is its source, then how many tokens a thread owns, or after a slash how many threads share them; a
 * nameless one serves everywhere.
 */
export function layoutOf(variant: string, shape: HeadShape, software: boolean): Layout {
  const found = /^(quad|tile)(?:(\d+)|\/(\d+))$/.exec(variant || 'tile1');
  if (found === null) throw new RangeError(`Attention has no variant ${variant}.`);
  const tokens = Math.floor(TILE_BYTES / (2 * 16 * quadsOf(shape)));
  return {
    source: found[1] === 'quad' ? 'quad' : 'tile',
    lanes: software ? SOFTWARE_LANES : LANES,
    rows: Number(found[2] ?? 1),
    parts: Number(found[3] ?? 1),
    tile: Math.max(STEP, Math.min(32, STEP * Math.floor(tokens / STEP))),
  };
}

/** Vectors of four that a thread of an emulated GPU keeps at first, and at most: more save reading, but compile slowly. */
const HELD_FIRST = 16;
const HELD_AT_MOST = 32;
const MOST_ROWS = 4;

/**
 * Likely best first.
 * @param held numbers that a thread keeps for each column of each of its tokens
 */
export function variantsFor(shape: HeadShape, { software, subgroups }: DeviceTraits, held: number): string[] {
  const quads = quadsOf(shape);
  if (software && subgroups) {
    const fitting = 2 ** Math.floor(Math.log2(HELD_FIRST / (held * quads)));
    // A block wider than a band meets more than it sees.
    const band = reachOf(shape) / SOFTWARE_LANES;
    const rows = Math.max(1, Math.min(MOST_ROWS, fitting, shape.length / (2 * SOFTWARE_LANES), band));
    const first = 2 ** Math.floor(Math.log2(rows));
    const isLong = shape.length >= 4 * SOFTWARE_LANES && band >= 2 * first;
    const isRoom = first < MOST_ROWS && 2 * first * held * quads <= HELD_AT_MOST && isLong;
    return [`quad${first}`, ...(isRoom ? [`quad${2 * first}`] : [])];
  }
  if (software) return ['tile1'];
  const parts = quads % 4 === 0 ? 4 : 2;
  const split = shape.headSize % (4 * parts) === 0 && quads >= 8 ? [`tile/${parts}`] : [];
  const shared = subgroups ? ['quad1'] : [];
  // Beyond 64 columns a thread's registers do not hold its tokens.
  return quads > 16 ? [...split, 'tile1', ...shared] : ['tile1', ...split, ...shared];
}

/** Tokens that a workgroup owns. */
export const ownedRows = ({ lanes, rows, parts }: Layout): number => (lanes / parts) * rows;

/** @param heads for which there are workgroups */
export const workgroupsOf = (layout: Layout, { batch, length }: HeadShape, heads: number): [number, number, number] => [
  Math.ceil(length / ownedRows(layout)),
  heads,
  batch,
];

export const extensionsOf = ({ source }: Layout): string[] => (source === 'quad' ? ['subgroups'] : []);

/**
 * The entry point. `body` finds: `start`, the sequence's first token; `group.y`, the number of a head; `first`, the first
 * token that the workgroup owns; `end`, the one after its last; for the thread's own tokens `own0`, `own1`, … (they may
 * lie beyond the sequence) and `near0`, `near1`, … (the same, moved into it); `part`, where threads share tokens.
 */
export function entryPoint(layout: Layout, { length }: HeadShape, body: string): string {
  const { lanes, rows, parts, source } = layout;
  const own = parts > 1 ? `lane / ${parts}u` : 'lane';
  const owned = ownedRows(layout);
  return `@compute @workgroup_size(${lanes}) fn main(
  @builtin(local_invocation_index) lane: u32,
  ${source === 'quad' ? '@builtin(subgroup_invocation_id) subgroup_lane: u32,' : ''}
  @builtin(workgroup_id) group: vec3u,
) {
  let start = group.z * ${length}u;
  let first = group.x * ${owned}u;
  let end = min(first + ${owned}u, ${length}u);
  ${parts > 1 ? `let part = lane % ${parts}u;\nvar turn = 0u;` : ''}
  ${range(rows, (j) => `let own${j} = first + ${own} + ${j * lanes}u;\nlet near${j} = min(own${j}, ${length - 1}u);`)}
  ${body}
}`;
}

/** First column of a thread's part of a head, as a term to add to an address. */
export const partColumn = ({ parts }: Layout, { headSize }: HeadShape): string =>
  parts > 1 ? ` + part * ${headSize / parts}u` : '';

/** Declarations for `exchange` of so many vectors. */
export const exchangeMemory = ({ lanes, parts }: Layout, count: number): string =>
  parts > 1 ? `var<workgroup> partial_sums: array<vec4f, ${2 * lanes * count}>;` : '';

/**
 * Where threads share tokens: adds up their parts of some vectors of four numbers, in place. Two places in turn save a
 * second barrier.
 */
export function exchange({ lanes, parts }: Layout, names: readonly string[]): string {
  if (parts === 1) return '';
  const at = (lane: string, i: number): string =>
    `partial_sums[(turn * ${lanes}u + ${lane}) * ${names.length}u + ${i}u]`;
  const sum = (i: number): string => range(parts, (p) => at(`lane - part + ${p}u`, i), ' + ');
  return `${names.map((name, i) => `${at('lane', i)} = ${name};`).join('\n')}
workgroupBarrier();
${names.map((name, i) => `${name} = ${sum(i)};`).join('\n')}
turn = 1u - turn;`;
}

/** Text for each of 0 … count − 1. */
export const range = (count: number, text: (i: number) => string, separator = '\n'): string =>
  Array.from({ length: count }, (_, i) => text(i)).join(separator);
