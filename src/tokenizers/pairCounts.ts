// Counts and places of all pairs of adjacent tokens while merges are learnt, and which pair is the most frequent.
// What a merge does to the text is `trainBytePairEncoding.ts`.

import { PairQueue } from './pairQueue.ts';
import { PairTable } from './pairTable.ts';
import type { WordCorpus } from './wordCorpus.ts';
import { SEPARATOR } from './wordCorpus.ts';

/** A pair that occurs once is not worth a token. */
const LEAST_COUNT = 2;
const IDS = 0x10000;
const SCAN = 2 ** 18;

type Places = readonly number[] | Int32Array;
const NOWHERE: Places = [];

export class PairCounts {
  readonly #entries = new PairTable();
  readonly #counts: number[] = [];
  /** Ascending positions of the left token. Those that a later merge has changed stay; the reader checks them. */
  readonly #places: Places[] = [];
  readonly #queue = new PairQueue();

  /** Counts the pairs of a text still in bytes. @param pause awaited every few milliseconds */
  static async ofBytes({ symbols, weights }: WordCorpus, pause: () => Promise<void> | undefined): Promise<PairCounts> {
    const eachPair = async (visit: (pair: number, at: number, weight: number) => void): Promise<void> => {
      let word = -1;
      for (let from = 0; from < symbols.length; from += SCAN) {
        const to = Math.min(from + SCAN, symbols.length - 1);
        for (let at = from; at < to; at++) {
          const left = symbols[at] ?? SEPARATOR;
          const right = symbols[at + 1] ?? SEPARATOR;
          if (left === SEPARATOR) word++;
          else if (right !== SEPARATOR) visit((left << 8) | right, at, weights[word] ?? 0);
        }
        await pause();
      }
    };
    const counts = new Float64Array(IDS);
    /** Where each pair's places begin in `places`; the next pair's beginning is their end. */
    const starts = new Int32Array(IDS + 1);
    await eachPair((pair, _at, weight) => {
      counts[pair] = (counts[pair] ?? 0) + weight;
      starts[pair + 1] = (starts[pair + 1] ?? 0) + 1;
    });
    for (let pair = 0; pair < IDS; pair++) starts[pair + 1] = (starts[pair + 1] ?? 0) + (starts[pair] ?? 0);
    const places = new Int32Array(starts[IDS] ?? 0);
    const filled = starts.slice();
    await eachPair((pair, at) => {
      const slot = filled[pair] ?? 0;
      places[slot] = at;
      filled[pair] = slot + 1;
    });
    const all = new PairCounts();
    counts.forEach((count, pair) => {
      all.add(pair >> 8, pair & 0xff, count, places.subarray(starts[pair], starts[pair + 1]));
    });
    return all;
  }

  /** Enters a new pair; one too rare ever to be merged is not kept, for counts only fall. */
  add(left: number, right: number, count: number, places: Places): void {
    if (count < LEAST_COUNT) return;
    this.#entries.set(left, right, this.#counts.length);
    this.#counts.push(count);
    this.#places.push(places);
    this.#queue.push({ count, left, right });
  }

  subtract(left: number, right: number, weight: number): void {
    const entry = this.#entries.get(left, right);
    if (entry >= 0) this.#counts[entry] = (this.#counts[entry] ?? 0) - weight;
  }

  /**
   * Takes out the most frequent pair, among equals that with the least left id, then right id.
   * @returns undefined if no pair occurs twice
   */
  takeMostFrequent(): { left: number; right: number; places: Places } | undefined {
    for (;;) {
      const top = this.#queue.pop();
      if (top === undefined) return undefined;
      const { left, right } = top;
      const entry = this.#entries.get(left, right);
      const count = this.#counts[entry] ?? 0;
      const places = this.#places[entry] ?? NOWHERE;
      if (count === top.count || count < LEAST_COUNT) {
        this.#counts[entry] = 0;
        this.#places[entry] = NOWHERE;
        if (count >= LEAST_COUNT) return { left, right, places };
      } else {
        // Counts only fall, so with stale entries put back the true greatest still comes first.
        this.#queue.push({ count, left, right });
      }
    }
  }
}

/** The pairs that one merge brings about, gathered before those that occur often enough are entered. */
export class NewPairs {
  #id = 0;
  readonly #before = new Neighbours();
  readonly #after = new Neighbours();

  /** @param id the token that is being made */
  begin(id: number): void {
    this.#id = id;
  }

  /** A token now stands before the new one. @param at its position */
  countBefore(token: number, weight: number, at: number): void {
    this.#before.count(token, weight, at);
  }

  /** A token now stands after the new one. @param at the new token's position */
  countAfter(token: number, weight: number, at: number): void {
    this.#after.count(token, weight, at);
  }

  /** The token counted after the new one has itself become part of one (“abab”). */
  uncountAfter(token: number, weight: number): void {
    this.#after.uncount(token, weight);
  }

  finish(pairs: PairCounts): void {
    this.#before.drain((token, count, places) => pairs.add(token, this.#id, count, places));
    this.#after.drain((token, count, places) => pairs.add(this.#id, token, count, places));
  }
}

/** Tokens on one side of the new one, with counts and places. */
class Neighbours {
  readonly #counts = new Float64Array(IDS);
  #tokens: number[] = [];
  #places: number[] = [];

  count(token: number, weight: number, at: number): void {
    this.#counts[token] = (this.#counts[token] ?? 0) + weight;
    this.#tokens.push(token);
    this.#places.push(at);
  }

  uncount(token: number, weight: number): void {
    this.#counts[token] = (this.#counts[token] ?? 0) - weight;
  }

  drain(enter: (token: number, count: number, places: Places) => void): void {
    const placesOf = new Map<number, number[]>();
    this.#tokens.forEach((token, i) => {
      if ((this.#counts[token] ?? 0) < LEAST_COUNT) return;
      const at = this.#places[i] ?? 0;
      const places = placesOf.get(token);
      if (places === undefined) placesOf.set(token, [at]);
      else places.push(at);
    });
    for (const [token, places] of placesOf) enter(token, this.#counts[token] ?? 0, places);
    for (const token of this.#tokens) this.#counts[token] = 0;
    this.#tokens = [];
    this.#places = [];
  }
}
