// GPT-3's tokenizer with only the tokens that a text needs, so that a small model has a small vocabulary:
// the 256 single bytes, the tokens that occur, end-of-text; ids renumbered without gaps.

import { LONGEST_GPT3_PRE_TOKEN } from './gpt3Tokenizer.ts';
import { preTokenEnd, type WhiteSpaceRule } from './preToken.ts';
import type { Tokenizer } from './tokenizer.ts';
import { TokenTable } from './tokenTable.ts';
import type { WorkContext } from './workPace.ts';
import { WorkPace } from './workPace.ts';

/** Code units encoded between two looks at the clock: a few milliseconds of work. */
const STEP = 65_536;

/** GPT-3's ids of the tokens to keep, ascending: 0 … 255 (the single bytes) and those that occur in the documents. */
export async function tokensThatOccur(
  gpt3: Tokenizer,
  documents: readonly string[],
  context: WorkContext,
): Promise<number[]> {
  const occurs = new Uint8Array(gpt3.vocabSize - 1).fill(1, 0, 256);
  const total = documents.reduce((sum, document) => sum + document.length, 0);
  const message = "Finding GPT-3's tokens";
  const pace = new WorkPace(context);
  let before = 0;
  await pace.yieldToEvents(0, message);
  for (const document of documents) {
    for (let start = 0; start < document.length;) {
      // A step ends where a pre-token does, so that its tokens are those of the whole text.
      let end = start;
      while (end < Math.min(document.length, start + STEP)) end = preTokenEnd(document, end, LONGEST_GPT3_PRE_TOKEN);
      for (const id of gpt3.encode(document.slice(start, end))) occurs[id] = 1;
      start = end;
      await pace.tick((before + start) / total, message);
    }
    before += document.length;
  }
  const kept: number[] = [];
  occurs.forEach((flag, id) => {
    if (flag === 1) kept.push(id);
  });
  return kept;
}

/**
 * Any text can be encoded: a token of GPT-3's that is not kept is spelled by its bytes.
 * @param gpt3 cutting by the rule that is named
 * @param kept GPT-3's ids in ascending order, beginning with 0 … 255, without end-of-text
 */
export function createRestrictedGpt3Tokenizer(
  gpt3: Tokenizer,
  kept: readonly number[],
  whiteSpace: WhiteSpaceRule = 'unicode',
): Tokenizer {
  const tokens = new TokenTable(kept.map((id) => gpt3.tokenBytes(id)));
  const ownId = new Int32Array(gpt3.vocabSize).fill(-1);
  kept.forEach((id, own) => {
    ownId[id] = own;
  });
  const idOfByte = new Int32Array(256);
  for (let id = 0; id < 256; id++) idOfByte[tokens.bytes(id)[0] ?? 0] = id;
  return {
    kind: 'gpt3-restricted',
    vocabSize: tokens.size,
    endOfText: tokens.endOfText,
    encode(text) {
      const full = gpt3.encode(text);
      let length = 0;
      for (const id of full) length += (ownId[id] ?? -1) >= 0 ? 1 : gpt3.tokenBytes(id).length;
      const ids = new Int32Array(length);
      let at = 0;
      for (const id of full) {
        const own = ownId[id] ?? -1;
        if (own >= 0) ids[at++] = own;
        else for (const byte of gpt3.tokenBytes(id)) ids[at++] = idOfByte[byte] ?? 0;
      }
      return ids;
    },
    decode: (ids) => tokens.decode(ids),
    tokenBytes: (id) => tokens.bytes(id),
    serialize: () => ({ kind: 'gpt3-restricted', tokens: kept, whiteSpace }),
  };
}
