// Strings that end a text. They are looked for in the bytes that tokens write, so that one may begin and end within
// tokens; what has been read so far is a value, so that texts may branch.
import type { TextEnd } from '../protocol/messages.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';

/** The last bytes of a text, as many as a stop string may need. */
export type TextTail = Uint8Array;

export const EMPTY_TAIL: TextTail = new Uint8Array(0);

export class StopStrings {
  readonly #tokenizer: Tokenizer;
  readonly #strings: readonly string[];
  readonly #patterns: readonly Uint8Array[];
  readonly #longest: number;

  /** Empty strings are left out. */
  constructor(tokenizer: Tokenizer, strings: readonly string[]) {
    const utf8 = new TextEncoder();
    this.#tokenizer = tokenizer;
    this.#strings = strings.filter((text) => text !== '');
    this.#patterns = this.#strings.map((text) => utf8.encode(text));
    this.#longest = Math.max(0, ...this.#patterns.map(({ length }) => length));
  }

  /** Reads one more token. @returns the tail to go on from, and whether a stop string has just been completed */
  advance(tail: TextTail, id: number): { readonly tail: TextTail; readonly met: boolean } {
    if (this.#longest === 0) return { tail, met: false };
    // Nothing goes across the end of a document.
    if (id === this.#tokenizer.endOfText) return { tail: EMPTY_TAIL, met: false };
    const token = this.#tokenizer.tokenBytes(id);
    const bytes = new Uint8Array(tail.length + token.length);
    bytes.set(tail);
    bytes.set(token, tail.length);
    const met = this.#patterns.some((pattern) => holds(bytes, pattern));
    return { tail: bytes.slice(Math.max(0, bytes.length - this.#longest + 1)), met };
  }

  /** @param ids a text that `advance` has just said to be ended @returns the stop string that begins first in it */
  find(ids: readonly number[]): NonNullable<TextEnd['stop']> {
    const last = ids.lastIndexOf(this.#tokenizer.endOfText) + 1;
    const before = this.#tokenizer.decode(ids.slice(0, last)).length;
    const text = this.#tokenizer.decode(ids.slice(last));
    const found = this.#strings
      .map((stop) => ({ text: stop, at: text.indexOf(stop) }))
      .filter(({ at }) => at >= 0)
      .toSorted((a, b) => a.at - b.at || b.text.length - a.text.length);
    const first = found[0] ?? { text: '', at: text.length };
    return { text: first.text, at: before + first.at };
  }
}

function holds(bytes: Uint8Array, pattern: Uint8Array): boolean {
  for (let start = 0; start + pattern.length <= bytes.length; start++) {
    let same = 0;
    while (same < pattern.length && bytes[start + same] === pattern[same]) same++;
    if (same === pattern.length) return true;
  }
  return false;
}
