// A text as documents, before any tokenizer has seen it.

export interface TextDocuments {
  /** Name shown to people ("Tiny tales", "moby.txt and 2 more"). */
  readonly name: string;
  readonly documents: readonly string[];
}

/** Progress of a long piece of work; `fraction` is 0 … 1. Implementations throw if `signal` is aborted. */
export interface WorkContext {
  readonly signal: AbortSignal;
  readonly onProgress: (fraction: number, message: string) => void;
  /** Gives other work (cancel messages) a turn; awaited every ~30 ms of work. */
  readonly breathe: () => Promise<void>;
}

/** A problem with a person's text: `message` says what is wrong and what to do. */
export class TextError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TextError';
  }
}
