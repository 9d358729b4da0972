// Reading a tokenizer's plain-data form from a checkpoint that may be damaged or foreign.
// Making the tokenizer is `restoreTokenizer` in `createTokenizer.ts`.

import * as v from 'valibot';
import { GPT3_VOCABULARY } from './gpt3Tokenizer.ts';
import type { SerializedTokenizer } from './tokenizer.ts';
import { FIXED_TOKENS, MAX_TRAINED_VOCABULARY } from './trainBytePairEncoding.ts';
import { LONGEST_TRAINED_PRE_TOKEN } from './wordCorpus.ts';

const whiteSpace = v.optional(v.picklist(['unicode', 'javascript']));
const wholeNumber = v.pipe(v.number(), v.integer(), v.minValue(0));

const serializedSchema = v.variant('kind', [
  v.object({
    kind: v.literal('character'),
    characters: v.pipe(
      v.array(v.string()),
      v.check((characters) => areAscendingCharacters(characters), 'single characters in ascending order'),
    ),
  }),
  v.object({ kind: v.literal('byte') }),
  v.object({ kind: v.literal('gpt3'), whiteSpace }),
  v.object({
    kind: v.literal('gpt3-restricted'),
    whiteSpace,
    tokens: v.pipe(
      v.array(wholeNumber),
      v.check((tokens) => areKeptTokens(tokens), "GPT-3's ids, ascending, all bytes among them"),
    ),
  }),
  v.object({
    kind: v.literal('trained'),
    whiteSpace,
    merges: v.pipe(
      v.array(v.strictTuple([wholeNumber, wholeNumber])),
      v.maxLength(MAX_TRAINED_VOCABULARY - FIXED_TOKENS),
      v.check((merges) => areMerges(merges), 'distinct merges of earlier tokens'),
    ),
  }),
]);

/** @returns undefined if the data is no serialized tokenizer, or one that could not have been trained. */
export function parseSerializedTokenizer(data: unknown): SerializedTokenizer | undefined {
  const result = v.safeParse(serializedSchema, data);
  return result.success ? result.output : undefined;
}

function areAscendingCharacters(characters: readonly string[]): boolean {
  let last = -1;
  for (const character of characters) {
    const codePoint = character.codePointAt(0) ?? -1;
    if (codePoint <= last || character !== String.fromCodePoint(codePoint)) return false;
    last = codePoint;
  }
  return true;
}

function areKeptTokens(tokens: readonly number[]): boolean {
  // Ascending and with 255 in the 256th place, the first 256 can only be 0 … 255: the single bytes.
  if (tokens[255] !== 255 || (tokens.at(-1) ?? GPT3_VOCABULARY) > GPT3_VOCABULARY - 2) return false;
  return tokens.every((id, i) => i === 0 || id > (tokens[i - 1] ?? id));
}

function areMerges(merges: readonly (readonly [number, number])[]): boolean {
  const lengths = new Array<number>(256).fill(1);
  const seen = new Set<number>();
  for (const [left, right] of merges) {
    const length = (lengths[left] ?? Infinity) + (lengths[right] ?? Infinity);
    // Longer than any pre-token's UTF-8: not from training, and doubling lengths would fill the memory.
    if (length > LONGEST_TRAINED_PRE_TOKEN * 3 + 1) return false;
    const pair = left * 65_536 + right;
    if (seen.has(pair)) return false;
    seen.add(pair);
    lengths.push(length);
  }
  return true;
}
