// Encoding a text by merges of adjacent tokens, lowest id first (Sennrich et al. 2016, on bytes as in GPT-2).
// Serves GPT-3's vocabulary and trained ones alike; learning the merges is `trainBytePairEncoding.ts`.

import type { PairTable } from './pairTable.ts';
import { preTokenEnd, type WhiteSpaceRule } from './preToken.ts';

/** Pre-tokens that each of the cache's two generations remembers. */
const GENERATION = 65_536;
/** Code units; longer pre-tokens are rare and would make the cache large. */
const LONGEST_CACHED = 64;
const NO_MERGE = -1;
/** Positions in a piece are below 2²⁰ (≤ 65,536 code units of ≤ 3 bytes), so rank and position share one number. */
const POSITIONS = 2 ** 20;

const utf8 = new TextEncoder();

export class BytePairEncoder {
  readonly #byteIds: Int32Array;
  readonly #longestPreToken: number;
  readonly #whiteSpace: WhiteSpaceRule;
  readonly #merger: Merger;
  /** Ids of pre-tokens met lately. When `#recent` is full it becomes `#older`, whose unused entries then go. */
  #recent = new Map<string, number | readonly number[]>();
  #older = new Map<string, number | readonly number[]>();

  /**
   * @param byteIds ids of the 256 bytes
   * @param merges the id that a pair of ids merges into; lower ids merge first
   * @param longestPreToken code units (≤ 65,536); runs of one class of characters are cut there
   */
  constructor(byteIds: Int32Array, merges: PairTable, longestPreToken: number, whiteSpace: WhiteSpaceRule) {
    this.#byteIds = byteIds;
    this.#longestPreToken = longestPreToken;
    this.#whiteSpace = whiteSpace;
    this.#merger = new Merger(merges);
  }

  /** Ids of a text; lone surrogates are encoded as U+FFFD. */
  encode(text: string): Int32Array {
    let out = new Int32Array(Math.max(16, Math.ceil(text.length / 2)));
    let length = 0;
    for (let start = 0; start < text.length;) {
      const end = preTokenEnd(text, start, this.#longestPreToken, this.#whiteSpace);
      const ids = this.#preTokenIds(text.slice(start, end));
      start = end;
      const count = typeof ids === 'number' ? 1 : ids.length;
      if (length + count > out.length) {
        const larger = new Int32Array((length + count) * 2);
        larger.set(out);
        out = larger;
      }
      if (typeof ids === 'number') out[length++] = ids;
      else for (const id of ids) out[length++] = id;
    }
    return out.slice(0, length);
  }

  #preTokenIds(preToken: string): number | readonly number[] {
    const recent = this.#recent.get(preToken);
    if (recent !== undefined) return recent;
    let ids = this.#older.get(preToken);
    if (ids === undefined) {
      const merged = this.#merger.merge(utf8.encode(preToken), this.#byteIds);
      ids = merged.length === 1 ? (merged[0] ?? 0) : merged;
    }
    if (preToken.length <= LONGEST_CACHED) {
      if (this.#recent.size >= GENERATION) {
        this.#older = this.#recent;
        this.#recent = new Map();
      }
      this.#recent.set(copyOf(preToken), ids);
    }
    return ids;
  }
}

/** A copy of a short string: a substring as such may keep the whole text it was cut from in memory. */
function copyOf(text: string): string {
  let copy = '';
  for (let i = 0; i < text.length; i++) copy += text.charAt(i);
  return copy;
}

/**
 * Merges one piece after another. A heap of (rank, position) over a linked list: n log n, so that long runs are
 * no trap. Entries whose pair has changed since are recognised by `#rankAt` and passed over.
 */
class Merger {
  readonly #merges: PairTable;
  #length = 0;
  #ids = new Int32Array(0);
  #next = new Int32Array(0);
  #previous = new Int32Array(0);
  /** Id that the token at a position and the one after it merge into. */
  #rankAt = new Int32Array(0);
  /** Ascending binary heap of rank × POSITIONS + position. */
  #heap = new Float64Array(0);
  #heapSize = 0;

  constructor(merges: PairTable) {
    this.#merges = merges;
  }

  merge(bytes: Uint8Array, byteIds: Int32Array): number[] {
    const n = bytes.length;
    this.#begin(n);
    const ids = this.#ids;
    const next = this.#next;
    const previous = this.#previous;
    const rankAt = this.#rankAt;
    for (let i = 0; i < n; i++) {
      ids[i] = byteIds[bytes[i] ?? 0] ?? 0;
      next[i] = i + 1;
      previous[i] = i - 1;
    }
    for (let i = 0; i < n; i++) this.#look(i);
    while (this.#heapSize > 0) {
      const entry = this.#pop();
      const at = entry % POSITIONS;
      const rank = (entry - at) / POSITIONS;
      if (rankAt[at] !== rank) continue;
      const merged = next[at] ?? n;
      const after = next[merged] ?? n;
      ids[at] = rank;
      rankAt[merged] = NO_MERGE;
      next[at] = after;
      if (after < n) previous[after] = at;
      this.#look(at);
      const before = previous[at] ?? -1;
      if (before >= 0) this.#look(before);
    }
    const out: number[] = [];
    for (let at = 0; at < n; at = next[at] ?? n) out.push(ids[at] ?? 0);
    return out;
  }

  /** Makes room for n bytes: a heap holds n − 1 entries at first and gains at most one per merge. */
  #begin(n: number): void {
    this.#length = n;
    this.#heapSize = 0;
    if (n <= this.#ids.length) return;
    const room = Math.max(256, n * 2);
    this.#ids = new Int32Array(room);
    this.#next = new Int32Array(room);
    this.#previous = new Int32Array(room);
    this.#rankAt = new Int32Array(room);
    this.#heap = new Float64Array(room * 2);
  }

  #look(at: number): void {
    const right = this.#next[at] ?? this.#length;
    const rank = right < this.#length ? this.#merges.get(this.#ids[at] ?? 0, this.#ids[right] ?? 0) : NO_MERGE;
    this.#rankAt[at] = rank;
    if (rank !== NO_MERGE) this.#push(rank * POSITIONS + at);
  }

  #push(value: number): void {
    const heap = this.#heap;
    let at = this.#heapSize++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const held = heap[parent] ?? 0;
      if (held <= value) break;
      heap[at] = held;
      at = parent;
    }
    heap[at] = value;
  }

  /** Removes the least value; the heap must not be empty. */
  #pop(): number {
    const heap = this.#heap;
    const top = heap[0] ?? 0;
    const size = --this.#heapSize;
    const last = heap[size] ?? 0;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && (heap[child + 1] ?? 0) < (heap[child] ?? 0)) child++;
      const held = heap[child] ?? 0;
      if (held >= last) break;
      heap[at] = held;
      at = child;
    }
    heap[at] = last;
    return top;
  }
}
