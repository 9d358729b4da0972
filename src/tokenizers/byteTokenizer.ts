// Tokenizer of bytes: ids 0 … 255 are the bytes of the text's UTF-8, 256 is end-of-text. Nothing to learn.

import type { Tokenizer } from './tokenizer.ts';
import { singleByteTokens, TokenTable } from './tokenTable.ts';

/** Any text can be encoded; lone surrogates become U+FFFD. */
export function createByteTokenizer(): Tokenizer {
  const tokens = new TokenTable(singleByteTokens());
  const utf8 = new TextEncoder();
  return {
    kind: 'byte',
    vocabSize: tokens.size,
    endOfText: tokens.endOfText,
    encode: (text) => new Int32Array(utf8.encode(text)),
    decode: (ids) => tokens.decode(ids),
    tokenBytes: (id) => tokens.bytes(id),
    serialize: () => ({ kind: 'byte' }),
  };
}
