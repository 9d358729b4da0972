// Written tokens as the page shows them: with labels, alternatives by name, and the characters that each completes.
import type { GeneratedToken } from '../protocol/messages.ts';
import { printableToken, StreamingDecoder } from '../tokenizers/printableToken.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';

interface WrittenToken {
  readonly id: number;
  readonly logProbability: number;
  readonly alternatives: readonly { readonly id: number; readonly probability: number }[];
}

/** Tokens that may hold the beginning of one character: it has four bytes at most. */
const LONGEST_CHARACTER = 4;

/** A prompt as text, as far as its characters are whole. */
export function wholeCharacters(tokenizer: Tokenizer, prompt: ArrayLike<number>): string {
  const decoder = new StreamingDecoder(tokenizer);
  return Array.from(prompt, (id) => decoder.push(id)).join('');
}

/** One text. The prompt may end within a character, which the first tokens then complete. */
export class DisplayedText {
  readonly #tokenizer: Tokenizer;
  readonly #decoder: StreamingDecoder;

  constructor(tokenizer: Tokenizer, prompt: ArrayLike<number>) {
    this.#tokenizer = tokenizer;
    this.#decoder = new StreamingDecoder(tokenizer);
    for (let at = Math.max(0, prompt.length - LONGEST_CHARACTER); at < prompt.length; at++) {
      this.#decoder.push(prompt[at] ?? 0);
    }
  }

  push({ id, logProbability, alternatives }: WrittenToken): GeneratedToken {
    const named = (id: number) => ({
      id,
      text: printableToken(this.#tokenizer, id),
      endOfText: id === this.#tokenizer.endOfText,
    });
    return {
      ...named(id),
      decoded: this.#decoder.push(id),
      probability: Math.exp(logProbability),
      logProbability,
      alternatives: alternatives.map(({ id: other, probability }) => ({ ...named(other), probability })),
    };
  }
}
