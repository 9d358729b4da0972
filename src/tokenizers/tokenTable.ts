// The bytes of every token of a byte-level vocabulary, in one pool, and the text of ids.
// End-of-text is the last id and has no bytes. Finding the ids of a text is `bytePairEncoding.ts`.

import { decodeUtf8 } from './utf8.ts';

/** UTF-8 of U+FFFD, which stands for ids that the vocabulary does not hold. */
const REPLACEMENT = new Uint8Array([0xef, 0xbf, 0xbd]);

export class TokenTable {
  readonly #pool: Uint8Array;
  readonly #starts: Int32Array;
  /** Number of ids, end-of-text included. */
  readonly size: number;

  /** @param tokens bytes of the ids 0, 1, … without end-of-text, which gets the id after them. */
  constructor(tokens: readonly Uint8Array[]) {
    this.size = tokens.length + 1;
    this.#starts = new Int32Array(this.size + 1);
    let total = 0;
    tokens.forEach((token, id) => {
      total += token.length;
      this.#starts[id + 1] = total;
    });
    this.#starts[this.size] = total;
    this.#pool = new Uint8Array(total);
    tokens.forEach((token, id) => this.#pool.set(token, this.#starts[id]));
  }

  get endOfText(): number {
    return this.size - 1;
  }

  /** Bytes of one token: a view, not to be modified. @throws RangeError if there is no such id. */
  bytes(id: number): Uint8Array {
    const start = this.#starts[id];
    const end = this.#starts[id + 1];
    if (start === undefined || end === undefined) {
      throw new RangeError(`There is no token ${id}: this vocabulary's ids are 0 to ${this.endOfText}.`);
    }
    return this.#pool.subarray(start, end);
  }

  /**
   * Text of ids. Never throws: broken UTF-8 and unknown ids become U+FFFD. End-of-text becomes nothing, and
   * a character cannot reach across it.
   */
  decode(ids: ArrayLike<number>): string {
    let text = '';
    let buffer = new Uint8Array(Math.max(64, ids.length * 4));
    let length = 0;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i] ?? -1;
      if (id === this.endOfText) {
        text += decodeUtf8(buffer.subarray(0, length));
        length = 0;
        continue;
      }
      const known = Number.isInteger(id) && id >= 0 && id < this.endOfText;
      const source = known ? this.#pool : REPLACEMENT;
      const start = known ? (this.#starts[id] ?? 0) : 0;
      const end = known ? (this.#starts[id + 1] ?? 0) : REPLACEMENT.length;
      if (length + end - start > buffer.length) {
        const larger = new Uint8Array((length + end - start) * 2);
        larger.set(buffer.subarray(0, length));
        buffer = larger;
      }
      for (let at = start; at < end; at++) buffer[length++] = source[at] ?? 0;
    }
    return text + decodeUtf8(buffer.subarray(0, length));
  }
}

/** The 256 tokens of one byte each. */
export function singleByteTokens(): Uint8Array[] {
  return Array.from({ length: 256 }, (_, byte) => new Uint8Array([byte]));
}
