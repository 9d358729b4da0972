// The one interface behind which every tokenizer stands, and its plain-data form.
// Concrete tokenizers live beside this file; `createTokenizer.ts` makes them from a config and a text.

import type { TokenizerKind } from '../config/runConfig.ts';
import type { WhiteSpaceRule } from './preToken.ts';

/** The marker GPT-3's training data puts between documents (one token, never split). */
export const END_OF_TEXT = '<|endoftext|>';

export interface Tokenizer {
  readonly kind: TokenizerKind;
  /** Number of ids, the end-of-text token included. Ids are 0 … vocabSize − 1. */
  readonly vocabSize: number;
  /** Id of `<|endoftext|>`. */
  readonly endOfText: number;
  /**
   * Ids of a text. The literal characters `<|endoftext|>` in the text are ordinary characters.
   * @throws UnknownCharactersError if the text holds characters outside the vocabulary.
   */
  encode(text: string): Int32Array;
  /** Text of ids; bytes that form no valid UTF-8 become U+FFFD; end-of-text becomes the empty string. */
  decode(ids: ArrayLike<number>): string;
  /** UTF-8 bytes of one token (empty for end-of-text). Do not modify the returned array. */
  tokenBytes(id: number): Uint8Array;
  /** Plain data from which `restoreTokenizer` makes an equal tokenizer. */
  serialize(): SerializedTokenizer;
}

/** What cuts pre-tokens apart; left out by files from before there was a choice, which means 'javascript'. */
interface CutByWhiteSpace {
  readonly whiteSpace?: WhiteSpaceRule | undefined;
}

/** JSON-safe form, kept in checkpoints. */
export type SerializedTokenizer =
  | { readonly kind: 'character'; readonly characters: readonly string[] }
  | { readonly kind: 'byte' }
  | ({ readonly kind: 'gpt3' } & CutByWhiteSpace)
  | ({ readonly kind: 'gpt3-restricted'; readonly tokens: readonly number[] } & CutByWhiteSpace)
  /** Each merge joins two ids (ids < 256 are bytes) into id 256 + its index. */
  | ({ readonly kind: 'trained'; readonly merges: readonly (readonly [number, number])[] } & CutByWhiteSpace);

/** Characters that a tokenizer's vocabulary does not hold. `message` is a sentence for the user. */
export class UnknownCharactersError extends Error {
  /** Distinct unknown characters in order of appearance. */
  readonly characters: readonly string[];
  constructor(characters: readonly string[]) {
    const shown = characters
      .slice(0, 8)
      .map((c) => `“${c}”`)
      .join(', ');
    const more = characters.length > 8 ? ` and ${characters.length - 8} more` : '';
    super(
      `This model's vocabulary has no ${shown}${more}: its tokenizer knows only the characters of its training text. ` +
        'Leave them out, or train with the byte or BPE tokenizer, which can write any character.',
    );
    this.name = 'UnknownCharactersError';
    this.characters = characters;
  }
}
