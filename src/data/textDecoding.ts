// Bytes of a file or an answer to text, piece by piece: encoding by its mark, line ends, and whether it is text at all.
// Where the bytes come from is `readText.ts`; what the text's format means is `textFormats.ts`.
import { TextError } from './textSource.ts';

/** Beyond this share of characters that no text holds (control characters, broken UTF-8), a file is not text. */
const MAX_STRANGE_SHARE = 0.1;
/** Smallest sample from which a share is judged. */
const SAMPLE_CHARACTERS = 1000;

/** Decodes UTF-8, or UTF-16 where the text starts with its byte order mark; line ends become `\n`. */
export class TextDecoding {
  readonly #name: string;
  readonly #parts: string[] = [];
  #decoder: TextDecoder | undefined;
  /** First bytes, kept until there are enough to know the mark. */
  #head = new Uint8Array(0);
  #endsWithReturn = false;
  #characters = 0;
  #strange = 0;

  /** @param name how messages call the text ("“moby.txt”") */
  constructor(name: string) {
    this.#name = name;
  }

  /** Takes the next bytes. @throws TextError as soon as it is plain that this is no text */
  push(bytes: Uint8Array): void {
    if (this.#decoder === undefined) {
      this.#head = concatenate(this.#head, bytes);
      if (this.#head.length < 3) return;
      this.#start();
      return;
    }
    this.#accept(this.#decoder.decode(bytes, { stream: true }));
  }

  /** The whole text. @throws TextError if it is no text */
  finish(): string {
    if (this.#decoder === undefined) this.#start();
    this.#accept(this.#decoder?.decode() ?? '');
    if (this.#endsWithReturn) this.#parts.push('\n');
    if (this.#strange > MAX_STRANGE_SHARE * this.#characters) this.#refuse();
    return this.#parts.join('');
  }

  #start(): void {
    const head = this.#head;
    const encoding =
      head[0] === 0xff && head[1] === 0xfe ? 'utf-16le' : head[0] === 0xfe && head[1] === 0xff ? 'utf-16be' : 'utf-8';
    this.#decoder = new TextDecoder(encoding, { fatal: false });
    this.#head = new Uint8Array(0);
    this.#accept(this.#decoder.decode(head, { stream: true }));
  }

  #accept(decoded: string): void {
    let text = decoded;
    if (this.#endsWithReturn && text !== '') text = `\r${text}`;
    if (text !== '') this.#endsWithReturn = text.endsWith('\r');
    if (this.#endsWithReturn) text = text.slice(0, -1);
    this.#characters += text.length;
    this.#strange += strangeCharacters(text);
    if (text.includes('\0')) this.#refuse();
    if (this.#characters > SAMPLE_CHARACTERS && this.#strange > MAX_STRANGE_SHARE * this.#characters) this.#refuse();
    this.#parts.push(withUnixLineEnds(text));
  }

  #refuse(): never {
    throw new TextError(
      `${this.#name} looks like a binary file or an encoding other than Unicode, not like plain text. ` +
        'Save it as plain text (UTF-8) and try again; from a PDF or a document, export or copy the text.',
    );
  }
}

/** Windows and old Macintosh line ends become `\n`. */
export function withUnixLineEnds(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}

/** Control characters other than tab, line feed, form feed, return and escape; and U+FFFD, which broken bytes become. */
function strangeCharacters(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0xfffd || code === 0x7f) count++;
    else if (code < 0x20 && code !== 9 && code !== 10 && code !== 12 && code !== 13 && code !== 27) count++;
  }
  return count;
}

function concatenate(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
