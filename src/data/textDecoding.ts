// Bytes of a text to characters: counts what could not be read, drops stray NULs, and refuses what is not text at all.
// Which encoding it is found out by `textEncoding.ts`; where the bytes come from is `readText.ts`.
import type { WorkPace } from '../tokenizers/workPace.ts';
import { refuseBinaryFormat } from './binaryFormats.ts';
import { findEncoding, type FoundEncoding } from './textEncoding.ts';
import { TextError } from './textSource.ts';

const CHUNK_BYTES = 1024 * 1024;
/** Beyond this share of control characters or unreadable places, a file is not text. */
const MAX_STRANGE_SHARE = 0.05;
/** A text may hold one NUL and this share of them; each is dropped. */
const MAX_NUL_SHARE = 0.001;

export interface DecodedText {
  readonly text: string;
  readonly encoding: FoundEncoding;
  /** Places whose bytes are no characters in that encoding; each has become U+FFFD. */
  readonly unreadable: number;
  readonly droppedNuls: number;
}

interface DecodingWishes {
  /** How messages call the text ("“moby.txt”"). */
  readonly name: string;
  readonly declared?: string | undefined;
  readonly chosen?: string | undefined;
  readonly pace: WorkPace;
}

/** Decodes a whole text; line ends become `\n`. @throws TextError if it is not text */
export async function decodeText(bytes: Uint8Array, wishes: DecodingWishes): Promise<DecodedText> {
  const { name, pace } = wishes;
  refuseBinaryFormat(bytes, name);
  const encoding = findEncoding(bytes, wishes);
  const decoder = encoding.encoding.startsWith('utf-32')
    ? new Utf32Decoder(encoding.encoding === 'utf-32be')
    : new TextDecoder(encoding.encoding, { ignoreBOM: true });
  const parts: string[] = [];
  let heldReturn = '';
  const count: Counts = { characters: 0, control: 0, nul: 0, replaced: 0 };
  for (let start = encoding.markBytes; start < bytes.length; start += CHUNK_BYTES) {
    const end = Math.min(bytes.length, start + CHUNK_BYTES);
    const isLast = end === bytes.length;
    const decoded = decoder.decode(bytes.subarray(start, end), { stream: !isLast });
    const part = heldReturn + (encoding.encoding === 'windows-1252' ? withWindowsSigns(decoded) : decoded);
    // A return at the end may be half of a line end.
    heldReturn = !isLast && part.endsWith('\r') ? '\r' : '';
    const whole = heldReturn === '' ? part : part.slice(0, -1);
    const nulsBefore = count.nul;
    countStrange(whole, count);
    // Whoever chooses an encoding sees what becomes of the text.
    if (encoding.origin !== 'chosen' && count.characters > CHUNK_BYTES / 2) requireText(count, name);
    parts.push(withUnixLineEnds(count.nul > nulsBefore ? whole.replaceAll('\0', '') : whole));
    await pace.tick(end / bytes.length, `Decoding ${name}`);
  }
  if (encoding.origin !== 'chosen') requireText(count, name);
  return {
    text: parts.join(''),
    encoding,
    unreadable: unreadablePlaces(bytes, count, encoding),
    droppedNuls: count.nul,
  };
}

/** The same of a text that needs no decoding. @throws TextError if it holds too many control characters to be text */
export function cleanText(text: string, name: string): { text: string; droppedNuls: number } {
  const count: Counts = { characters: 0, control: 0, nul: 0, replaced: 0 };
  countStrange(text, count);
  requireText({ ...count, replaced: 0 }, name);
  return { text: withUnixLineEnds(count.nul > 0 ? text.replaceAll('\0', '') : text), droppedNuls: count.nul };
}

/** Windows and old Macintosh line ends become `\n`. */
export function withUnixLineEnds(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}

/** What Windows-1252 has at 0x80 … 0x9f; 0 where it has nothing. */
const WINDOWS_SIGNS =
  '\u20ac0\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u01520\u017d' +
  '00\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u01530\u017e\u0178';

/** Node decodes Windows-1252 as Latin-1, which has control characters there; browsers give the signs themselves. */
function withWindowsSigns(text: string): string {
  return text.replaceAll(/[\x80-\x9f]/g, (control) => {
    const sign = WINDOWS_SIGNS.charAt(control.charCodeAt(0) - 0x80);
    return sign === '0' ? control : sign;
  });
}

interface Counts {
  characters: number;
  /** Control characters that no text needs, U+0080 … U+009F (which no encoding writes on purpose) among them. */
  control: number;
  nul: number;
  /** U+FFFD. */
  replaced: number;
}

function countStrange(text: string, count: Counts): void {
  count.characters += text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0) count.nul++;
    else if (code === 0xfffd) count.replaced++;
    else if (code < 0x20 ? code !== 9 && code !== 10 && code !== 12 && code !== 13 && code !== 27 : isHighControl(code))
      count.control++;
  }
}

const isHighControl = (code: number): boolean => code >= 0x7f && code < 0xa0 && code !== 0x85;

function requireText({ characters, control, nul, replaced }: Counts, name: string): void {
  const allowed = nul > 0 ? Math.max(1, MAX_NUL_SHARE * characters) : Math.max(1, MAX_STRANGE_SHARE * characters);
  if (nul + control <= allowed && replaced <= Math.max(1, 0.5 * characters)) return;
  throw new TextError(
    `${name} looks like a binary file, not like plain text. ` +
      'Save it as plain text (UTF-8) and try again; from a PDF or a document, export or copy the text.',
  );
}

/** U+FFFD that decoding made, without those that the text held before. */
function unreadablePlaces(bytes: Uint8Array, count: Counts, { encoding }: FoundEncoding): number {
  if (encoding !== 'utf-8' || count.replaced === 0) return count.replaced;
  let written = 0;
  for (let i = bytes.indexOf(0xef); i >= 0; i = bytes.indexOf(0xef, i + 1)) {
    if (bytes[i + 1] === 0xbf && bytes[i + 2] === 0xbd) written++;
  }
  return count.replaced - written;
}

/** UTF-32, which TextDecoder does not know. */
class Utf32Decoder {
  readonly #bigEndian: boolean;
  #rest = new Uint8Array(0);

  constructor(bigEndian: boolean) {
    this.#bigEndian = bigEndian;
  }

  decode(bytes: Uint8Array, { stream }: { stream: boolean }): string {
    const all = new Uint8Array(this.#rest.length + bytes.length);
    all.set(this.#rest);
    all.set(bytes, this.#rest.length);
    const whole = all.length & ~3;
    this.#rest = all.slice(whole);
    const view = new DataView(all.buffer);
    const parts: string[] = [];
    for (let at = 0; at < whole; at += 4) {
      const code = view.getUint32(at, !this.#bigEndian);
      const isCharacter = code <= 0x10ffff && (code < 0xd800 || code >= 0xe000);
      parts.push(String.fromCodePoint(isCharacter ? code : 0xfffd));
    }
    if (!stream && this.#rest.length > 0) parts.push('\ufffd');
    return parts.join('');
  }
}
