// The loop over the tokens that a workgroup meets, and where their values come from; see `rowBlocks.wgsl.ts`.
import type { HeadShape } from './heads.ts';
import { quadsOf, range, STEP, type Layout } from './rowBlocks.wgsl.ts';

/** Values of the tokens met. */
export interface Streamed {
  readonly name: string;
  /** Vectors of four columns, or one number per token. */
  readonly kind: 'vectors' | 'number';
  /** Expression of where a token's values begin; `token` is an expression within the sequence. */
  readonly address: (token: string) => string;
  /** Expression of vector `i`, or of the number. */
  readonly read: (address: string, i: string) => string;
}

/** Generates the loop as WGSL. */
export class AttendedTokens {
  readonly #layout: Layout;
  readonly #quads: number;
  readonly #last: string;
  readonly #streamed: readonly Streamed[];

  constructor(layout: Layout, shape: HeadShape, streamed: readonly Streamed[]) {
    this.#layout = layout;
    this.#quads = quadsOf(shape);
    this.#last = `${shape.length - 1}u`;
    this.#streamed = streamed;
  }

  get declarations(): string {
    const { source, tile } = this.#layout;
    if (source !== 'tile') return '';
    const type = ({ kind }: Streamed): string =>
      kind === 'vectors' ? `array<vec4f, ${tile * this.#quads}>` : `array<f32, ${tile}>`;
    return this.#streamed.map((one) => `var<workgroup> ${one.name}_tile: ${type(one)};`).join('\n');
  }

  /**
   * Runs `body` for tokens `met` … `met + 3`, from `from` on; some from `until` on may come along, and beyond the
   * sequence its last token takes their place. `numbers` names what `number` is asked for.
   */
  loop(from: string, until: string, body: string): string {
    if (this.#layout.source === 'tile') return this.#tiledLoop(from, until, body);
    return `for (var met = ${from}; met < ${until}; met += ${STEP}u) {
let token = min(met + subgroup_lane % ${STEP}u, ${this.#last});
${this.#streamed.map(({ name, address }) => `let ${name}_place = ${address('token')};`).join('\n')}
${this.#streamed.map(({ name, kind, read }) => (kind === 'number' ? `let ${name}_lane = ${read(`${name}_place`, '')};` : '')).join('\n')}
${body}
}`;
  }

  /** Statements that make vector `i` available to `vector` from here to the end of the loop's body. */
  fetch(name: string, i: number): string {
    const streamed = this.#streamed.find((one) => one.name === name);
    if (streamed === undefined || this.#layout.source === 'tile') return '';
    return `let ${name}_lane${i} = ${streamed.read(`${name}_place`, `${i}u`)};`;
  }

  /** Expression of vector `i` of token `met + n`. */
  vector(name: string, n: number, i: number): string {
    const { source, parts } = this.#layout;
    if (source === 'quad') return `quadBroadcast(${name}_lane${i}, ${n}u)`;
    const part = parts > 1 ? ` + part * ${this.#quads / parts}u` : '';
    return `${name}_tile[(place + ${n}u) * ${this.#quads}u + ${i}u${part}]`;
  }

  /** Expression (vec4f) of the numbers of the four tokens. */
  numbers(name: string): string {
    const one = (n: number): string =>
      this.#layout.source === 'quad' ? `quadBroadcast(${name}_lane, ${n}u)` : `${name}_tile[place + ${n}u]`;
    return `vec4f(${range(STEP, one, ', ')})`;
  }

  #tiledLoop(from: string, until: string, body: string): string {
    const { lanes, tile } = this.#layout;
    const quads = this.#quads;
    const copies = (wanted: Streamed['kind'], i: string): string =>
      this.#streamed
        .filter(({ kind }) => kind === wanted)
        .map(({ name, address, read }) => `${name}_tile[e] = ${read(address('token'), i)};`)
        .join('\n');
    const copyNumbers = `for (var e = lane; e < ${tile}u; e += ${lanes}u) {
  let token = min(tile + e, ${this.#last});
  ${copies('number', '')}
}`;
    return `for (var tile = ${from}; tile < ${until}; tile += ${tile}u) {
workgroupBarrier();
for (var e = lane; e < ${tile * quads}u; e += ${lanes}u) {
  let token = min(tile + e / ${quads}u, ${this.#last});
  ${copies('vectors', `e % ${quads}u`)}
}
${this.#streamed.some(({ kind }) => kind === 'number') ? copyNumbers : ''}
workgroupBarrier();
let places = min(${tile}u, ${until} - tile);
for (var place = 0u; place < places; place += ${STEP}u) {
let met = tile + place;
${body}
}
}`;
  }
}
