// The seeded generator: the project's only source of randomness, so that equal seeds give equal runs.
// sfc32 (Doty-Humphrey's Small Fast Counter, 128 bits of state), seeded through splitmix32. Not for cryptography.

/** The generator's whole state: four unsigned 32-bit integers. JSON-safe. */
export type RandomState = readonly [number, number, number, number];

export class Random {
  #a = 0;
  #b = 0;
  #c = 0;
  #counter = 1;

  /** Seeds from integers (each taken modulo 2³²): equal lists give equal sequences, other lists unrelated ones. */
  constructor(...seeds: readonly number[]) {
    let h = 0x9e3779b9;
    for (const seed of seeds) h = mix32((h ^ (seed >>> 0)) + 0x9e3779b9);
    this.#a = mix32(h + 0x9e3779b9);
    this.#b = mix32(h + 0x3c6ef372);
    this.#c = mix32(h + 0xdaa66d2b);
    for (let i = 0; i < 12; i++) this.uint32();
  }

  static restore(state: RandomState): Random {
    const random = new Random();
    [random.#a, random.#b, random.#c, random.#counter] = state;
    return random;
  }

  state(): RandomState {
    return [this.#a, this.#b, this.#c, this.#counter];
  }

  /** Uniform integer in [0, 2³²). */
  uint32(): number {
    const sum = (this.#a + this.#b + this.#counter) >>> 0;
    this.#counter = (this.#counter + 1) >>> 0;
    this.#a = (this.#b ^ (this.#b >>> 9)) >>> 0;
    this.#b = (this.#c + (this.#c << 3)) >>> 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) >>> 0;
    return sum;
  }

  /** Uniform in [0, 1) with 32 random bits. */
  uniform(): number {
    return this.uint32() / 4294967296;
  }

  /** Uniform integer in [0, n). */
  integer(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  /** Standard normal (Box–Muller, one of the pair). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** One element, uniformly. @throws RangeError on an empty list. */
  pick<T>(items: readonly T[]): T {
    const item = items[this.integer(items.length)];
    if (item === undefined) throw new RangeError('Random.pick needs a list with at least one element.');
    return item;
  }

  /** Shuffles in place (Fisher–Yates) and returns the same array. */
  shuffle<T extends { length: number; [index: number]: unknown }>(items: T): T {
    const list: { length: number; [index: number]: unknown } = items;
    for (let i = list.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const held = list[i];
      list[i] = list[j];
      list[j] = held;
    }
    return items;
  }
}

/** Mixes one 32-bit integer (splitmix32's finaliser). */
export function mix32(x: number): number {
  let h = x >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad);
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
  return (h ^ (h >>> 15)) >>> 0;
}
