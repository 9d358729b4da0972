// The distinct pre-tokens of a text with their counts, laid out as one array of symbols for training merges.
// Learning from them is `trainBytePairEncoding.ts`.

import { preTokenEnd } from './preToken.ts';
import type { WorkPace } from './workPace.ts';

/** Code units of the longest pre-token of trained tokenizers: longer runs of letters, signs … are cut here. */
export const LONGEST_TRAINED_PRE_TOKEN = 1024;

/** Stands between words. */
export const SEPARATOR = 0xffff;
/** Stands inside tokens of three bytes and more. */
export const INSIDE = 0xfffe;

const BLOCK_BITS = 5;

export interface WordCorpus {
  /**
   * One symbol per byte, words parted by SEPARATOR. A token of n bytes has its id at its first and its last
   * position and INSIDE between, so that both neighbours of any token are found without links.
   */
  readonly symbols: Uint16Array;
  /** How often each word occurs in the text, in the order of the words. */
  readonly weights: Float64Array;
  /** How often the word at this position occurs in the text. */
  readonly weightAt: (position: number) => number;
}

/** Counts pre-tokens. @param share part of the whole work that the counting is, for progress. */
export async function countPreTokens(
  documents: readonly string[],
  pace: WorkPace,
  share: number,
): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const total = documents.reduce((sum, document) => sum + document.length, 0);
  let before = 0;
  let steps = 0;
  for (const document of documents) {
    for (let start = 0; start < document.length;) {
      const end = preTokenEnd(document, start, LONGEST_TRAINED_PRE_TOKEN);
      const preToken = document.slice(start, end);
      counts.set(preToken, (counts.get(preToken) ?? 0) + 1);
      start = end;
      if ((++steps & 0xfff) === 0) await pace.tick((share * (before + start)) / total, 'Counting words');
    }
    before += document.length;
  }
  return counts;
}

/** Lays the words out; those of a single byte have no pairs and are left out. */
export async function layOutWords(
  counts: ReadonlyMap<string, number>,
  pace: WorkPace,
  fraction: number,
): Promise<WordCorpus> {
  const utf8 = new TextEncoder();
  const starts = new Int32Array(counts.size);
  const weights = new Float64Array(counts.size);
  let symbols = new Uint16Array(1024);
  let length = 0;
  let words = 0;
  let steps = 0;
  symbols[length++] = SEPARATOR;
  for (const [word, count] of counts) {
    const bytes = utf8.encode(word);
    if (bytes.length < 2) continue;
    if (length + bytes.length + 1 > symbols.length) {
      const larger = new Uint16Array((length + bytes.length + 1) * 2);
      larger.set(symbols);
      symbols = larger;
    }
    starts[words] = length;
    weights[words++] = count;
    symbols.set(bytes, length);
    length += bytes.length;
    symbols[length++] = SEPARATOR;
    if ((++steps & 0xfff) === 0) await pace.tick(fraction, 'Arranging words');
  }
  // For each block of 32 positions the last word that begins at or before it: the search starts there.
  const wordOfBlock = new Int32Array((length >> BLOCK_BITS) + 1);
  for (let block = 0, word = 0; block < wordOfBlock.length; block++) {
    while (word + 1 < words && (starts[word + 1] ?? 0) <= block << BLOCK_BITS) word++;
    wordOfBlock[block] = word;
  }
  return {
    symbols: symbols.slice(0, length),
    weights: weights.slice(0, words),
    weightAt: (position) => {
      let word = wordOfBlock[position >> BLOCK_BITS] ?? 0;
      while (word + 1 < words && (starts[word + 1] ?? 0) <= position) word++;
      return weights[word] ?? 0;
    },
  };
}
