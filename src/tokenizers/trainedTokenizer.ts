// Tokenizer of a byte-level BPE whose merges were learnt from a text: bytes 0 … 255, merges from 256, end-of-text last.
// The learning is `trainBytePairEncoding.ts`.

import { BytePairEncoder } from './bytePairEncoding.ts';
import { PairTable } from './pairTable.ts';
import type { WhiteSpaceRule } from './preToken.ts';
import type { Tokenizer } from './tokenizer.ts';
import { singleByteTokens, TokenTable } from './tokenTable.ts';
import type { Merge } from './trainBytePairEncoding.ts';
import { LONGEST_TRAINED_PRE_TOKEN } from './wordCorpus.ts';

/**
 * Any text can be encoded; lone surrogates become U+FFFD.
 * @param merges in the order learnt; each may refer only to bytes and earlier merges
 * @throws RangeError if one refers to a later token
 */
export function createTrainedTokenizer(merges: readonly Merge[], whiteSpace: WhiteSpaceRule = 'unicode'): Tokenizer {
  const bytesOf = singleByteTokens();
  const table = new PairTable(merges.length);
  for (const [left, right] of merges) {
    const head = bytesOf[left];
    const tail = bytesOf[right];
    if (head === undefined || tail === undefined) {
      throw new RangeError(`Merge ${bytesOf.length - 256} refers to a token that does not exist yet.`);
    }
    const joined = new Uint8Array(head.length + tail.length);
    joined.set(head);
    joined.set(tail, head.length);
    table.set(left, right, bytesOf.length);
    bytesOf.push(joined);
  }
  const tokens = new TokenTable(bytesOf);
  const byteIds = Int32Array.from({ length: 256 }, (_, byte) => byte);
  const encoder = new BytePairEncoder(byteIds, table, LONGEST_TRAINED_PRE_TOKEN, whiteSpace);
  return {
    kind: 'trained',
    vocabSize: tokens.size,
    endOfText: tokens.endOfText,
    encode: (text) => encoder.encode(text),
    decode: (ids) => tokens.decode(ids),
    tokenBytes: (id) => tokens.bytes(id),
    serialize: () => ({ kind: 'trained', merges, whiteSpace }),
  };
}
