// How a person's text was read, as plain data that the page shows and stores keep beside the text, and how it may be
// asked to be read. The reading itself is `readText.ts`.

/** What a person may choose about the reading; whatever is left out is found out. */
export interface ReadingOptions {
  /** Label of the encoding (`encodingNames.ts`). */
  readonly encoding?: string | undefined;
  /** Read tables and JSON as they stand. */
  readonly asPlainText?: boolean | undefined;
  /** What is taken of each record: text with fields in braces, like `{question}\n{answer}`. */
  readonly template?: string | undefined;
  /** Make a document of each piece between the characters `<|endoftext|>`. */
  readonly splitAtEndOfText?: boolean | undefined;
}

/** How an encoding became known. 'fallback': nothing spoke for another one. */
export type EncodingOrigin = 'mark' | 'declared' | 'valid' | 'guessed' | 'fallback' | 'chosen';

export interface EncodingUsed {
  /** Label of the Encoding Standard. */
  readonly encoding: string;
  readonly origin: EncodingOrigin;
  /** Files that were read so. */
  readonly files: number;
}

/** A field of records or a column of a table. */
export interface RecordField {
  readonly name: string;
  /** Records, of those that were looked at, in which it is not empty. */
  readonly filled: number;
  /** The beginning of a value. */
  readonly example: string;
}

export interface RecordsTaken {
  /** What was taken: a template, and of how many records. Several where records have different fields. */
  readonly parts: readonly { readonly template: string; readonly records: number }[];
  /** Records in all, those that gave no text included. */
  readonly records: number;
  readonly fields: readonly RecordField[];
}

export interface TextReading {
  /** Most files first; none for a pasted text. */
  readonly encodings: readonly EncodingUsed[];
  /** Places whose bytes are no characters in that encoding. */
  readonly unreadable: number;
  /** Set where rows or records were found, even if none of their fields was taken. */
  readonly records?: RecordsTaken | undefined;
  /** How often the characters `<|endoftext|>` stood in the text. */
  readonly endOfTextMarks: number;
  /** What a person should know, each a sentence or two. */
  readonly remarks: readonly string[];
  readonly options: ReadingOptions;
}
