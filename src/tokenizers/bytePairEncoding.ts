// Encoding a text by merges of adjacent tokens, lowest id first (Sennrich et al. 2016, on bytes as in GPT-2).
// Serves GPT-3's vocabulary and trained ones alike; learning the merges is `trainBytePairEncoding.ts`.

import type { PairTable } from './pairTable.ts';
import { preTokenEnd } from './preToken.ts';

/** Pre-tokens remembered with their ids; the memory starts anew when it is full. */
const CACHED_PRE_TOKENS = 65_536;
/** Code units; longer pre-tokens are rare and would make the memory large. */
const LONGEST_CACHED = 64;
const NO_MERGE = -1;
/** Positions in a piece are below 2²⁰ (≤ 65,536 code units of ≤ 3 bytes), so rank and position share one number. */
const POSITIONS = 2 ** 20;

const utf8 = new TextEncoder();

export class BytePairEncoder {
  readonly #byteIds: ArrayLike<number>;
  readonly #merges: PairTable;
  readonly #longestPreToken: number;
  readonly #cache = new Map<string, number | readonly number[]>();

  /**
   * @param byteIds ids of the 256 bytes
   * @param merges the id that a pair of ids merges into; lower ids merge first
   * @param longestPreToken code units (≤ 65,536); runs of one class of characters are cut there
   */
  constructor(byteIds: ArrayLike<number>, merges: PairTable, longestPreToken: number) {
    this.#byteIds = byteIds;
    this.#merges = merges;
    this.#longestPreToken = longestPreToken;
  }

  /** Ids of a text; lone surrogates are encoded as U+FFFD. */
  encode(text: string): Int32Array {
    let out = new Int32Array(Math.max(16, Math.ceil(text.length / 2)));
    let length = 0;
    for (let start = 0; start < text.length;) {
      const end = preTokenEnd(text, start, this.#longestPreToken);
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
    const cached = this.#cache.get(preToken);
    if (cached !== undefined) return cached;
    const ids = this.#merge(utf8.encode(preToken));
    const result = ids.length === 1 ? (ids[0] ?? 0) : ids;
    if (preToken.length <= LONGEST_CACHED) {
      if (this.#cache.size >= CACHED_PRE_TOKENS) this.#cache.clear();
      this.#cache.set(copyOf(preToken), result);
    }
    return result;
  }

  /**
   * Merges one piece. A heap of (rank, position) over a linked list: n log n, so that long runs are no trap.
   * Entries whose pair has changed since are recognised by `rankAt` and passed over.
   */
  #merge(bytes: Uint8Array): number[] {
    const n = bytes.length;
    const ids = Array.from(bytes, (byte) => this.#byteIds[byte] ?? 0);
    if (n < 2) return ids;
    const next = Array.from({ length: n }, (_, i) => i + 1);
    const previous = Array.from({ length: n }, (_, i) => i - 1);
    const rankAt = new Array<number>(n).fill(NO_MERGE);
    const heap: number[] = [];
    const look = (at: number): void => {
      const right = next[at] ?? n;
      const rank = right < n ? this.#merges.get(ids[at] ?? 0, ids[right] ?? 0) : NO_MERGE;
      rankAt[at] = rank;
      if (rank !== NO_MERGE) heapPush(heap, rank * POSITIONS + at);
    };
    for (let i = 0; i + 1 < n; i++) look(i);
    while (heap.length > 0) {
      const entry = heapPop(heap);
      const at = entry % POSITIONS;
      const rank = (entry - at) / POSITIONS;
      if (rankAt[at] !== rank) continue;
      const merged = next[at] ?? n;
      const after = next[merged] ?? n;
      ids[at] = rank;
      rankAt[merged] = NO_MERGE;
      next[at] = after;
      if (after < n) previous[after] = at;
      look(at);
      const before = previous[at] ?? -1;
      if (before >= 0) look(before);
    }
    const out: number[] = [];
    for (let at = 0; at < n; at = next[at] ?? n) out.push(ids[at] ?? 0);
    return out;
  }
}

/** A copy of a short string: a substring as such may keep the whole text it was cut from in memory. */
function copyOf(text: string): string {
  return String.fromCharCode(...Array.from({ length: text.length }, (_, i) => text.charCodeAt(i)));
}

function heapPush(heap: number[], value: number): void {
  let at = heap.length;
  heap.push(value);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const held = heap[parent] ?? 0;
    if (held <= value) break;
    heap[at] = held;
    at = parent;
  }
  heap[at] = value;
}

/** Removes the least value of a heap that is not empty. */
function heapPop(heap: number[]): number {
  const top = heap[0] ?? 0;
  const last = heap.pop() ?? 0;
  const size = heap.length;
  if (size === 0) return top;
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
