// Learning the merges of a byte-level BPE from a text (Sennrich et al. 2016; bytes as in GPT-2).
// Counts and places of all pairs are kept up to date merge by merge, so a merge costs only its own occurrences.

import { PairQueue } from './pairQueue.ts';
import { PairTable } from './pairTable.ts';
import { countPreTokens, INSIDE, layOutWords, SEPARATOR } from './wordCorpus.ts';
import type { WordCorpus } from './wordCorpus.ts';
import type { WorkContext } from './workPace.ts';
import { WorkPace } from './workPace.ts';

/** Joins two ids (below 256: bytes) into the id 256 + its index in the list of merges. */
export type Merge = readonly [number, number];

/** The 256 bytes and end-of-text, which every vocabulary holds. */
export const FIXED_TOKENS = 257;
export const MAX_TRAINED_VOCABULARY = 60_000;

/** A pair that occurs once is not worth a token. */
const LEAST_COUNT = 2;
const COUNTING_SHARE = 0.45;
const MERGING_FROM = 0.5;

/**
 * Learns merges by greatest pair count; among equals the pair with the lesser left id, then right id, goes first,
 * so that equal texts give equal merges in whatever order their documents come.
 * @param vocabSize ids wanted, the 256 bytes and end-of-text included
 * @returns vocabSize − 257 merges, or fewer if the text runs out of pairs that occur twice
 * @throws RangeError for a size outside 257 … 60,000; the signal's reason when cancelled
 */
export async function trainBytePairEncoding(
  documents: Iterable<string>,
  vocabSize: number,
  context: WorkContext,
): Promise<Merge[]> {
  if (!Number.isInteger(vocabSize) || vocabSize < FIXED_TOKENS || vocabSize > MAX_TRAINED_VOCABULARY) {
    throw new RangeError(`A trained vocabulary has ${FIXED_TOKENS} to ${MAX_TRAINED_VOCABULARY} tokens.`);
  }
  const pace = new WorkPace(context);
  await pace.breathe(0, 'Counting words');
  const counts = await countPreTokens([...documents], pace, COUNTING_SHARE);
  await pace.breathe(COUNTING_SHARE, 'Arranging words');
  const corpus = await layOutWords(counts, pace, COUNTING_SHARE);
  counts.clear();
  await pace.breathe(MERGING_FROM, 'Counting pairs');
  return learnMerges(corpus, vocabSize - FIXED_TOKENS, pace);
}

async function learnMerges(corpus: WordCorpus, wanted: number, pace: WorkPace): Promise<Merge[]> {
  const pairs = new PairCounts();
  pairs.countBytePairs(corpus);
  const queue = new PairQueue();
  pairs.enqueueNew(queue);
  const merges: Merge[] = [];
  /** Bytes of each token. */
  const lengths = new Int32Array(256 + wanted).fill(1, 0, 256);
  const { symbols } = corpus;
  let steps = 0;
  while (merges.length < wanted) {
    const top = queue.pop();
    if (top === undefined) break;
    const { left, right } = top;
    const count = pairs.count(left, right);
    if (count < LEAST_COUNT) continue;
    // Counts of known pairs only fall, so a stale entry goes back and the true greatest still comes first.
    if (count < top.count) {
      queue.push({ count, left, right });
      continue;
    }
    const id = 256 + merges.length;
    const leftLength = lengths[left] ?? 1;
    const length = leftLength + (lengths[right] ?? 1);
    lengths[id] = length;
    const fraction = MERGING_FROM + (1 - MERGING_FROM) * (merges.length / wanted);
    const message = `Learning token ${id + 1} of ${wanted + FIXED_TOKENS}`;
    for (const at of pairs.takePlaces(left, right)) {
      if ((++steps & 0xfff) === 0 && pace.due()) await pace.breathe(fraction, message);
      const middle = at + leftLength;
      if (symbols[at] !== left || symbols[middle] !== right) continue;
      const end = at + length;
      const weight = corpus.weightAt(at);
      const before = symbols[at - 1] ?? SEPARATOR;
      const after = symbols[end] ?? SEPARATOR;
      if (before !== SEPARATOR) {
        pairs.subtract(before, left, weight);
        pairs.add(before, id, weight, at - (lengths[before] ?? 1));
      }
      if (after !== SEPARATOR) {
        pairs.subtract(right, after, weight);
        pairs.add(id, after, weight, at);
      }
      symbols[middle - 1] = INSIDE;
      symbols[middle] = INSIDE;
      symbols[at] = id;
      symbols[end - 1] = id;
    }
    pairs.clearCount(left, right);
    pairs.enqueueNew(queue);
    merges.push([left, right]);
    if (pace.due()) await pace.breathe(fraction, message);
  }
  return merges;
}

/** Count and places of every pair. Places that a later merge has changed stay listed; the reader checks them. */
class PairCounts {
  readonly #entries = new PairTable();
  readonly #counts: number[] = [];
  readonly #places: (number[] | Int32Array)[] = [];
  /** Pairs first seen since `enqueueNew` was last called. */
  #fresh: (readonly [number, number])[] = [];

  countBytePairs({ symbols, weightAt }: WordCorpus): void {
    const places = new Int32Array(65_536 + 1);
    const eachPair = (visit: (pair: number, at: number) => void): void => {
      for (let at = 0; at + 1 < symbols.length; at++) {
        const left = symbols[at] ?? SEPARATOR;
        const right = symbols[at + 1] ?? SEPARATOR;
        if (left !== SEPARATOR && right !== SEPARATOR) visit((left << 8) | right, at);
      }
    };
    const weights = new Float64Array(65_536);
    eachPair((pair, at) => {
      places[pair + 1] = (places[pair + 1] ?? 0) + 1;
      weights[pair] = (weights[pair] ?? 0) + weightAt(at);
    });
    for (let pair = 0; pair < 65_536; pair++) places[pair + 1] = (places[pair + 1] ?? 0) + (places[pair] ?? 0);
    const sorted = new Int32Array(places[65_536] ?? 0);
    const filled = places.slice();
    eachPair((pair, at) => {
      const slot = filled[pair] ?? 0;
      sorted[slot] = at;
      filled[pair] = slot + 1;
    });
    for (let pair = 0; pair < 65_536; pair++) {
      const from = places[pair] ?? 0;
      const to = places[pair + 1] ?? 0;
      if (to > from) this.#create(pair >> 8, pair & 0xff, weights[pair] ?? 0, sorted.subarray(from, to));
    }
  }

  count(left: number, right: number): number {
    return this.#counts[this.#entries.get(left, right)] ?? 0;
  }

  /** Counts one more place of a pair with a token that has just been made. Places come in ascending order. */
  add(left: number, right: number, weight: number, at: number): void {
    const entry = this.#entries.get(left, right);
    const places = this.#places[entry];
    if (entry < 0 || !Array.isArray(places)) {
      this.#create(left, right, weight, [at]);
      return;
    }
    this.#counts[entry] = (this.#counts[entry] ?? 0) + weight;
    places.push(at);
  }

  subtract(left: number, right: number, weight: number): void {
    const entry = this.#entries.get(left, right);
    if (entry >= 0) this.#counts[entry] = (this.#counts[entry] ?? 0) - weight;
  }

  clearCount(left: number, right: number): void {
    const entry = this.#entries.get(left, right);
    if (entry >= 0) this.#counts[entry] = 0;
  }

  /** The places of a pair, in ascending order, which are then forgotten. */
  takePlaces(left: number, right: number): number[] | Int32Array {
    const entry = this.#entries.get(left, right);
    const places = this.#places[entry] ?? [];
    if (entry >= 0) this.#places[entry] = [];
    return places;
  }

  /** Queues the pairs that came up since the last call and frees the places of those too rare ever to merge. */
  enqueueNew(queue: PairQueue): void {
    for (const [left, right] of this.#fresh) {
      const count = this.count(left, right);
      if (count >= LEAST_COUNT) queue.push({ count, left, right });
      else this.takePlaces(left, right);
    }
    this.#fresh = [];
  }

  #create(left: number, right: number, weight: number, places: number[] | Int32Array): void {
    this.#entries.set(left, right, this.#counts.length);
    this.#counts.push(weight);
    this.#places.push(places);
    this.#fresh.push([left, right]);
  }
}
