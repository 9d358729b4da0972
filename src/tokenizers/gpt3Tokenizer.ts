// GPT-3's own tokenizer: the 50,257 tokens of GPT-2 and GPT-3 (OpenAI's r50k_base), merged as they were.
// The table comes from the package gpt-tokenizer and is fetched when the tokenizer is first asked for;
// merging is ours, because the package's takes time quadratic in long runs and gives no bytes of tokens.
import { later } from '../loading/laterCode.ts';
import { BytePairEncoder } from './bytePairEncoding.ts';
import { PairTable } from './pairTable.ts';
import type { WhiteSpaceRule } from './preToken.ts';
import type { Tokenizer } from './tokenizer.ts';
import { TokenTable } from './tokenTable.ts';

/** Ids, end-of-text (50,256) included. */
export const GPT3_VOCABULARY = 50_257;
/** Code units; longer runs of one class of characters are cut here, which GPT-3 does not do. */
export const LONGEST_GPT3_PRE_TOKEN = 65_536;

const loading: Partial<Record<WhiteSpaceRule, Promise<Tokenizer>>> = {};

/**
 * GPT-3's tokenizer, made on the first call (the table is about 0.6 MB) and shared after.
 * Any text can be encoded; lone surrogates become U+FFFD. The ids 0 … 255 are the single bytes, in GPT-2's order.
 * @throws (rejects) if the table cannot be fetched; the next call tries again
 */
export function loadGpt3Tokenizer(whiteSpace: WhiteSpaceRule = 'unicode'): Promise<Tokenizer> {
  const made =
    loading[whiteSpace] ??
    makeGpt3Tokenizer(whiteSpace).catch((error: unknown) => {
      delete loading[whiteSpace];
      throw error;
    });
  loading[whiteSpace] = made;
  return made;
}

async function makeGpt3Tokenizer(whiteSpace: WhiteSpaceRule): Promise<Tokenizer> {
  const { default: ranks } = await later(() => import('gpt-tokenizer/bpeRanks/r50k_base'));
  const utf8 = new TextEncoder();
  const tokenBytes = ranks.map((token) => (typeof token === 'string' ? utf8.encode(token) : new Uint8Array(token)));
  if (tokenBytes.length !== GPT3_VOCABULARY - 1) throw new Error("GPT-3's token table is not the one expected.");
  const tokens = new TokenTable(tokenBytes);
  const byteIds = new Int32Array(256);
  for (let id = 0; id < 256; id++) byteIds[tokenBytes[id]?.[0] ?? 0] = id;
  const encoder = new BytePairEncoder(byteIds, pairsOf(tokenBytes), LONGEST_GPT3_PRE_TOKEN, whiteSpace);
  return {
    kind: 'gpt3',
    vocabSize: tokens.size,
    endOfText: tokens.endOfText,
    encode: (text) => encoder.encode(text),
    decode: (ids) => tokens.decode(ids),
    tokenBytes: (id) => tokens.bytes(id),
    serialize: () => ({ kind: 'gpt3', whiteSpace }),
  };
}

/** Every way to put a token together from two others: the table lists tokens, not how they were merged. */
function pairsOf(tokenBytes: readonly Uint8Array[]): PairTable {
  const idOf = new Map<string, number>();
  const keys = tokenBytes.map((bytes) => String.fromCharCode(...bytes));
  keys.forEach((key, id) => idOf.set(key, id));
  const pairs = new PairTable(tokenBytes.length * 4);
  keys.forEach((key, id) => {
    for (let cut = 1; cut < key.length; cut++) {
      const left = idOf.get(key.slice(0, cut));
      if (left === undefined) continue;
      const right = idOf.get(key.slice(cut));
      if (right !== undefined) pairs.set(left, right, id);
    }
  });
  return pairs;
}
