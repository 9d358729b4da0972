// Learning the merges of a byte-level BPE from a text (Sennrich et al. 2016; bytes as in GPT-2).
// Counts and places of all pairs are kept up to date merge by merge, so a merge costs only its own occurrences.

import { NewPairs, PairCounts } from './pairCounts.ts';
import { countPreTokens, INSIDE, layOutWords, SEPARATOR } from './wordCorpus.ts';
import type { WordCorpus } from './wordCorpus.ts';
import type { WorkContext } from './workPace.ts';
import { WorkPace } from './workPace.ts';

/** Joins two ids (below 256: bytes) into the id 256 + its index in the list of merges. */
export type Merge = readonly [number, number];

/** The 256 bytes and end-of-text, which every vocabulary holds. */
export const FIXED_TOKENS = 257;
export const MAX_TRAINED_VOCABULARY = 60_000;

/** Shares of the progress: words counted, pairs counted; the rest is merging. */
const COUNTED = 0.45;
const ARRANGED = 0.5;

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
  await pace.yieldToEvents(0, 'Counting words');
  const counts = await countPreTokens([...documents], pace, COUNTED);
  await pace.yieldToEvents(COUNTED, 'Arranging words');
  const corpus = await layOutWords(counts, pace, COUNTED);
  counts.clear();
  await pace.yieldToEvents(ARRANGED, 'Counting pairs');
  const pairs = await PairCounts.ofBytes(corpus, () => pace.tick(ARRANGED, 'Counting pairs'));
  return learnMerges(corpus, pairs, vocabSize - FIXED_TOKENS, pace);
}

async function learnMerges(
  { symbols, weightAt }: WordCorpus,
  pairs: PairCounts,
  wanted: number,
  pace: WorkPace,
): Promise<Merge[]> {
  const merges: Merge[] = [];
  /** Bytes of each token. */
  const lengths = new Int32Array(256 + wanted).fill(1, 0, 256);
  const fresh = new NewPairs();
  let steps = 0;
  while (merges.length < wanted) {
    const best = pairs.takeMostFrequent();
    if (best === undefined) break;
    const { left, right, places } = best;
    const id = 256 + merges.length;
    const leftLength = lengths[left] ?? 1;
    const length = leftLength + (lengths[right] ?? 1);
    lengths[id] = length;
    const fraction = ARRANGED + (1 - ARRANGED) * (merges.length / wanted);
    const message = `Learning token ${id + 1} of ${wanted + FIXED_TOKENS}`;
    fresh.begin(id);
    for (const at of places) {
      if ((++steps & 0xfff) === 0) await pace.tick(fraction, message);
      const middle = at + leftLength;
      // The place may have been used up by another merge, or by this one just before (“aaa”).
      if (symbols[at] !== left || symbols[middle] !== right) continue;
      const end = at + length;
      const weight = weightAt(at);
      const before = symbols[at - 1] ?? SEPARATOR;
      const after = symbols[end] ?? SEPARATOR;
      if (before !== SEPARATOR) {
        if (before === id) fresh.uncountAfter(left, weight);
        else pairs.subtract(before, left, weight);
        fresh.countBefore(before, weight, at - (lengths[before] ?? 1));
      }
      if (after !== SEPARATOR) {
        pairs.subtract(right, after, weight);
        fresh.countAfter(after, weight, at);
      }
      symbols[middle - 1] = INSIDE;
      symbols[middle] = INSIDE;
      symbols[at] = id;
      symbols[end - 1] = id;
    }
    fresh.finish(pairs);
    merges.push([left, right]);
    await pace.tick(fraction, message);
  }
  return merges;
}
