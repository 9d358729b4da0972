// A hash table from pairs of token ids to whole numbers: open addressing in typed arrays, several times
// faster than a Map whose keys are pairs. Entries can be added and overwritten, not removed.

/** Ids above this cannot be part of a pair. */
export const MAX_PAIR_ID = 0xfffe;

const EMPTY = 0xffffffff;

export class PairTable {
  #keys: Uint32Array;
  #values: Int32Array;
  #mask: number;
  #size = 0;

  constructor(expectedPairs = 16) {
    const capacity = 2 ** Math.ceil(Math.log2(Math.max(16, expectedPairs * 2)));
    this.#keys = new Uint32Array(capacity).fill(EMPTY);
    this.#values = new Int32Array(capacity);
    this.#mask = capacity - 1;
  }

  get size(): number {
    return this.#size;
  }

  /** @returns −1 if the pair has no entry. */
  get(left: number, right: number): number {
    const key = ((left << 16) | right) >>> 0;
    const slot = this.#slot(key);
    return this.#keys[slot] === key ? (this.#values[slot] ?? -1) : -1;
  }

  /** @throws RangeError for ids that are not whole numbers in 0 … MAX_PAIR_ID. */
  set(left: number, right: number, value: number): void {
    if (!isPairId(left) || !isPairId(right)) throw new RangeError(`Pairs hold ids 0 to ${MAX_PAIR_ID}.`);
    if (this.#size * 2 >= this.#keys.length) this.#grow();
    const key = ((left << 16) | right) >>> 0;
    const slot = this.#slot(key);
    if (this.#keys[slot] === EMPTY) this.#size++;
    this.#keys[slot] = key;
    this.#values[slot] = value;
  }

  /** The slot that holds the key, or the free one where it belongs. */
  #slot(key: number): number {
    let hash = Math.imul(key ^ (key >>> 15), 0x2c1b3c6d);
    hash = Math.imul(hash ^ (hash >>> 13), 0x297a2d39);
    let slot = (hash ^ (hash >>> 16)) & this.#mask;
    for (;;) {
      const held = this.#keys[slot];
      if (held === key || held === EMPTY) return slot;
      slot = (slot + 1) & this.#mask;
    }
  }

  #grow(): void {
    const keys = this.#keys;
    const values = this.#values;
    this.#keys = new Uint32Array(keys.length * 2).fill(EMPTY);
    this.#values = new Int32Array(keys.length * 2);
    this.#mask = keys.length * 2 - 1;
    keys.forEach((key, at) => {
      if (key === EMPTY) return;
      const slot = this.#slot(key);
      this.#keys[slot] = key;
      this.#values[slot] = values[at] ?? 0;
    });
  }
}

function isPairId(id: number): boolean {
  return Number.isInteger(id) && id >= 0 && id <= MAX_PAIR_ID;
}
