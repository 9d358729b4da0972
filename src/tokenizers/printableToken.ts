// Tokens as people read them: one at a time with broken bytes shown, or as a stream of whole characters.

import type { Tokenizer } from './tokenizer.ts';
import { END_OF_TEXT } from './tokenizer.ts';
import { characterLength, cutTailLength, decodeUtf8 } from './utf8.ts';

/** Stands on a token for the bytes of a character that a later token completes. */
const UNFINISHED = '·';

/**
 * Text of one token for showing, as of a list of one in `printableTokens`.
 * @throws RangeError if there is no such id
 */
export function printableToken(tokenizer: Tokenizer, id: number): string {
  return printableTokens(tokenizer, [id]).join('');
}

/**
 * Texts of consecutive tokens for showing, one per id. A character that several tokens form together stands on the
 * last of them, `·` on the others. Bytes that form no character are shown like `‹e2›`, end-of-text as
 * `<|endoftext|>`; white space and control characters stay as they are.
 * @throws RangeError if there is no such id
 */
export function printableTokens(tokenizer: Tokenizer, ids: ArrayLike<number>): string[] {
  const texts = Array.from(ids, () => '');
  let first = 0;
  for (let index = 0; index <= ids.length; index++) {
    const id = ids[index];
    if (id !== undefined && id !== tokenizer.endOfText) continue;
    // No character goes across the end of a document.
    const pieces = Array.from({ length: index - first }, (_, at) => tokenizer.tokenBytes(ids[first + at] ?? -1));
    putTexts(pieces, texts, first);
    if (id !== undefined) texts[index] = END_OF_TEXT;
    first = index + 1;
  }
  return texts;
}

/** Adds to `texts`, from `first` on, what each piece of these consecutive bytes shows. */
function putTexts(pieces: readonly Uint8Array[], texts: string[], first: number): void {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  const owners = new Int32Array(bytes.length);
  let start = 0;
  pieces.forEach((piece, index) => {
    bytes.set(piece, start);
    owners.fill(first + index, start, start + piece.length);
    start += piece.length;
  });
  const put = (owner: number, text: string) => {
    texts[owner] = (texts[owner] ?? '') + text;
  };
  for (let at = 0; at < bytes.length;) {
    const length = characterLength(bytes, at);
    if (typeof length === 'number' && length > 0) {
      const last = owners[at + length - 1] ?? first;
      for (const owner of new Set(owners.subarray(at, at + length))) if (owner !== last) put(owner, UNFINISHED);
      put(last, decodeUtf8(bytes.subarray(at, at + length)));
      at += length;
    } else {
      put(owners[at] ?? first, `‹${(bytes[at] ?? 0).toString(16).padStart(2, '0')}›`);
      at++;
    }
  }
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
