// Tokens as people read them: one at a time with broken bytes shown, or as a stream of whole characters.

import type { Tokenizer } from './tokenizer.ts';
import { END_OF_TEXT } from './tokenizer.ts';
import { characterLength, cutTailLength, decodeUtf8 } from './utf8.ts';

/**
 * Text of one token for showing. Bytes that are no whole character are shown like `‹e2›`, end-of-text as
 * `<|endoftext|>`; white space and control characters stay as they are.
 * @throws RangeError if there is no such id
 */
export function printableToken(tokenizer: Tokenizer, id: number): string {
  if (id === tokenizer.endOfText) return END_OF_TEXT;
  const bytes = tokenizer.tokenBytes(id);
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const length = characterLength(bytes, at);
    if (typeof length === 'number' && length > 0) {
      text += decodeUtf8(bytes.subarray(at, at + length));
      at += length;
    } else {
      text += `‹${(bytes[at] ?? 0).toString(16).padStart(2, '0')}›`;
      at++;
    }
  }
  return text;
}

/** Decodes ids as they come. All that it returns, joined, equals `tokenizer.decode` of all ids. */
export class StreamingDecoder {
  readonly #tokenizer: Tokenizer;
  /** Bytes that begin a character whose end has not come yet. */
  #pending = new Uint8Array(0);

  constructor(tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer;
  }

  /** @returns the characters that this token completes; often one or more, sometimes none. */
  push(id: number): string {
    const { kind, vocabSize, endOfText } = this.#tokenizer;
    // Whole characters each; a lone surrogate has no bytes of its own to go through.
    if (kind === 'character') return this.#tokenizer.decode([id]);
    const known = Number.isInteger(id) && id >= 0 && id < vocabSize;
    if (id === endOfText || !known) return this.flush() + this.#tokenizer.decode([id]);
    const token = this.#tokenizer.tokenBytes(id);
    const bytes = new Uint8Array(this.#pending.length + token.length);
    bytes.set(this.#pending);
    bytes.set(token, this.#pending.length);
    const whole = bytes.length - cutTailLength(bytes);
    this.#pending = bytes.slice(whole);
    return decodeUtf8(bytes.subarray(0, whole));
  }

  /** @returns U+FFFD if bytes of an unfinished character are left, else nothing. The decoder can be used again. */
  flush(): string {
    const text = decodeUtf8(this.#pending);
    this.#pending = new Uint8Array(0);
    return text;
  }
}
