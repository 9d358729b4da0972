// Which encoding the bytes of a text are in: as asked for, as marked, as declared, UTF-8 if they are that, else by evidence.
// Decoding them is `textDecoding.ts`.
import { analyse } from 'chardet';
import { ENCODINGS } from './encodingNames.ts';
import type { EncodingOrigin } from './textReading.ts';

export interface FoundEncoding {
  readonly encoding: string;
  readonly origin: EncodingOrigin;
  /** Bytes of the byte order mark, which is no part of the text. */
  readonly markBytes: number;
}

interface Wishes {
  /** What whoever sent the text says of it (the `charset` of a Content-Type). */
  readonly declared?: string | undefined;
  /** What the person has chosen. */
  readonly chosen?: string | undefined;
}

const MARKS: readonly (readonly [string, readonly number[]])[] = [
  // Before UTF-16, whose mark is the beginning of this one.
  ['utf-32le', [0xff, 0xfe, 0, 0]],
  ['utf-32be', [0, 0, 0xfe, 0xff]],
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

/** Bytes from which an encoding is guessed. */
const SAMPLE_BYTES = 128 * 1024;
const HEAD_BYTES = 2048;
/** A guess (0 … 100) counts from here on, and if it is so much likelier than Western. */
const LEAST_CONFIDENCE = 40;
const LEAST_LEAD = 10;
/** Fewer letters beyond ASCII tell nothing. */
const LEAST_LETTERS = 16;
const WESTERN = 'windows-1252';

/** @throws RangeError if `chosen` is no encoding of `ENCODINGS` */
export function findEncoding(bytes: Uint8Array, { declared, chosen }: Wishes): FoundEncoding {
  const mark = MARKS.find(([, magic]) => magic.every((byte, i) => bytes[i] === byte));
  if (chosen !== undefined) {
    const encoding = knownLabel(chosen);
    if (encoding === undefined) throw new RangeError(`No such encoding: ${chosen}`);
    return { encoding, origin: 'chosen', markBytes: mark?.[0] === encoding ? mark[1].length : 0 };
  }
  if (mark) return { encoding: mark[0], origin: 'mark', markBytes: mark[1].length };
  const found = (encoding: string, origin: EncodingOrigin): FoundEncoding => ({ encoding, origin, markBytes: 0 });
  const wide = wideByZeros(bytes);
  if (wide !== undefined) return found(wide, 'guessed');

  const said = knownLabel(declared ?? declaredInside(bytes) ?? '');
  const utf8 = utf8Evidence(bytes);
  if (said !== undefined && said !== 'utf-8') {
    // Nothing but UTF-8 looks like UTF-8: what says otherwise of such bytes, as servers do by default, is mistaken.
    if (utf8.errors === 0 && utf8.sequences > 0 && isSingleByte(said)) return found('utf-8', 'valid');
    return found(said, 'declared');
  }
  if (isJapaneseByEscapes(bytes)) return found('iso-2022-jp', 'guessed');
  // Broken places do not make another encoding of it: in no other do such sequences come about.
  if (utf8.errors === 0 || utf8.sequences > utf8.errors) return found('utf-8', said ? 'declared' : 'valid');
  const guess = guessLegacy(bytes);
  return guess === undefined ? found(WESTERN, 'fallback') : found(guess, 'guessed');
}

/** The label of `ENCODINGS` that a name means ("latin1", "cp1251"); undefined if none. */
function knownLabel(name: string): string | undefined {
  const trimmed = name.trim().replaceAll(/^["']|["']$/g, '');
  if (trimmed === '') return undefined;
  const lower = trimmed.toLowerCase();
  const label = /^utf-?32/.test(lower) ? `utf-32${lower.includes('be') ? 'be' : 'le'}` : decoderLabel(lower);
  return ENCODINGS.some((encoding) => encoding.label === label) ? label : undefined;
}

function decoderLabel(name: string): string | undefined {
  try {
    return new TextDecoder(name).encoding;
  } catch {
    return undefined;
  }
}

const isSingleByte = (label: string): boolean => !/^(utf|shift|euc|iso-2022|gb|big5)/.test(label);

/** The encoding that an XML declaration or an HTML `meta` element near the beginning names. */
function declaredInside(bytes: Uint8Array): string | undefined {
  const head = String.fromCharCode(...bytes.subarray(0, HEAD_BYTES));
  return (
    /^\s*<\?xml[^>]*\bencoding\s*=\s*["']([\w.:-]+)["']/i.exec(head)?.[1] ??
    /<meta\b[^>]*\bcharset\s*=\s*["']?([\w.:-]+)/i.exec(head)?.[1]
  );
}

/** UTF-16 and UTF-32 without a mark: texts have their zero bytes in the same places. */
function wideByZeros(bytes: Uint8Array): string | undefined {
  const length = Math.min(bytes.length, HEAD_BYTES) & ~3;
  if (length < 4) return undefined;
  const zeros: [number, number, number, number] = [0, 0, 0, 0];
  for (let i = 0; i < length; i++) if (bytes[i] === 0) zeros[(i & 3) as 0 | 1 | 2 | 3]++;
  const quarter = length / 4;
  const [most, few] = [0.7 * quarter, 0.1 * quarter];
  const is = (...pattern: readonly boolean[]): boolean =>
    zeros.every((count, i) => (pattern[i] === true ? count >= most : count <= few));
  if (is(false, true, true, true)) return 'utf-32le';
  if (is(true, true, true, false)) return 'utf-32be';
  if (is(false, true, false, true)) return 'utf-16le';
  return is(true, false, true, false) ? 'utf-16be' : undefined;
}

/** Sequences of UTF-8 of two bytes and more, and places that break it. A sequence cut off at the end breaks nothing. */
function utf8Evidence(bytes: Uint8Array): { sequences: number; errors: number } {
  let sequences = 0;
  let errors = 0;
  for (let i = 0; i < bytes.length;) {
    const byte = bytes[i] ?? 0;
    if (byte < 0x80) {
      i++;
      continue;
    }
    const length =
      byte >= 0xc2 && byte < 0xe0 ? 2 : byte >= 0xe0 && byte < 0xf0 ? 3 : byte >= 0xf0 && byte < 0xf5 ? 4 : 0;
    let have = 1;
    while (have < length && ((bytes[i + have] ?? 0) & 0xc0) === 0x80) have++;
    const second = bytes[i + 1] ?? 0;
    const overlong = (byte === 0xe0 && second < 0xa0) || (byte === 0xf0 && second < 0x90);
    const beyond = (byte === 0xed && second >= 0xa0) || (byte === 0xf4 && second >= 0x90);
    if (length > 0 && have === length && !overlong && !beyond) {
      sequences++;
      i += length;
    } else {
      const isCutOff = length > 0 && sequences > 0 && i + have === bytes.length;
      if (!isCutOff) errors++;
      i += have;
    }
  }
  return { sequences, errors };
}

/** ISO-2022-JP is ASCII with escapes, so that it is UTF-8 as well. */
function isJapaneseByEscapes(bytes: Uint8Array): boolean {
  for (let i = bytes.indexOf(0x1b); i >= 0; i = bytes.indexOf(0x1b, i + 1)) {
    if (bytes[i + 1] === 0x24 && (bytes[i + 2] === 0x42 || bytes[i + 2] === 0x40)) return true;
  }
  return false;
}

/** Names of the guesser's that stand for the wider Windows encoding, as everywhere on the web. */
const WIDER: Readonly<Record<string, string>> = {
  'iso-8859-1': WESTERN,
  'iso-8859-9': 'windows-1254',
  'iso-8859-8': 'windows-1255',
  'iso-8859-8-i': 'windows-1255',
};

/** An encoding from before Unicode by the frequencies of letters; undefined if nothing speaks against Western. */
function guessLegacy(bytes: Uint8Array): string | undefined {
  const sample = sampleOf(bytes);
  let western = 0;
  let best: { encoding: string; confidence: number } | undefined;
  for (const { name, confidence } of analyse(sample)) {
    const lower = name.toLowerCase();
    const encoding = WIDER[lower] ?? knownLabel(lower);
    if (encoding === undefined || encoding.startsWith('utf')) continue;
    if (encoding === WESTERN) western = Math.max(western, confidence);
    else if (best === undefined || confidence > best.confidence) best = { encoding, confidence };
  }
  if (best && best.confidence >= LEAST_CONFIDENCE && best.confidence >= western + LEAST_LEAD) return best.encoding;
  return looksLikeIbm866(sample) ? 'ibm866' : undefined;
}

/** The neighbourhood of the first bytes beyond ASCII. */
function sampleOf(bytes: Uint8Array): Uint8Array {
  const first = Math.max(0, bytes.findIndex((byte) => byte >= 0x80) - 256);
  return bytes.subarray(first, first + SAMPLE_BYTES);
}

/** Cyrillic of DOS, which the guesser does not know: many bytes beyond ASCII, nearly all of them its letters. */
function looksLikeIbm866(bytes: Uint8Array): boolean {
  let high = 0;
  let letters = 0;
  for (const byte of bytes) {
    if (byte < 0x80) continue;
    high++;
    if (byte < 0xb0 || (byte >= 0xe0 && byte < 0xf2)) letters++;
  }
  return high >= LEAST_LETTERS && high > 0.4 * bytes.length && letters > 0.97 * high;
}
