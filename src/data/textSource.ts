// A text as documents, before any tokenizer has seen it.
import type { TextReading } from './textReading.ts';

export type { WorkContext } from '../tokenizers/workPace.ts';

export interface TextDocuments {
  /** Name shown to people ("Tiny tales", "moby.txt and 2 more"). */
  readonly name: string;
  readonly documents: readonly string[];
  /** How a person's text was read; missing from built-in texts, and from texts that an earlier version stored. */
  readonly reading?: TextReading | undefined;
}

/** A problem with a person's text: `message` says what is wrong and what to do. */
export class TextError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TextError';
  }
}
