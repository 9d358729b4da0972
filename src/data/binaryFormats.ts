// Kinds of files that are not text, by their first bytes, and what to do with each.
import { TextError } from './textSource.ts';

interface BinaryFormat {
  readonly magic: readonly number[];
  /** Where the magic stands, in bytes. */
  readonly at?: number;
  readonly what: string;
  /** Files of this format may begin with nothing but readable characters. */
  readonly readable?: true;
  readonly remedy: string;
}

const ascii = (text: string): number[] => Array.from(text, (character) => character.charCodeAt(0));
const UNPACK = 'Unpack it and choose the text files inside.';
const EXPORT = 'Export its text as .txt, or copy and paste it.';
const TABLE = 'Export it as CSV or JSON Lines.';
const NO_TEXT = 'Choose a text file.';

const BINARY_FORMATS: readonly BinaryFormat[] = [
  { magic: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a], what: 'a PNG image', remedy: NO_TEXT },
  { magic: [0xff, 0xd8, 0xff], what: 'a JPEG image', remedy: NO_TEXT },
  { magic: ascii('GIF8'), what: 'a GIF image', remedy: NO_TEXT },
  { magic: ascii('WEBP'), at: 8, what: 'a WebP image', remedy: NO_TEXT },
  { magic: [0x49, 0x49, 0x2a, 0x00], what: 'a TIFF image', remedy: NO_TEXT },
  { magic: [0x4d, 0x4d, 0x00, 0x2a], what: 'a TIFF image', remedy: NO_TEXT },
  { magic: ascii('%PDF-'), what: 'a PDF', remedy: EXPORT, readable: true },
  { magic: ascii('{\\rtf'), what: 'a Rich Text document (RTF)', remedy: EXPORT, readable: true },
  { magic: [0xd0, 0xcf, 0x11, 0xe0], what: 'an Office document', remedy: EXPORT },
  {
    magic: [0x50, 0x4b, 0x03, 0x04],
    what: 'a ZIP archive, or a document packed as one (DOCX, XLSX, ODT, EPUB)',
    remedy: 'Unpack it, or export its text as .txt or .csv.',
  },
  { magic: [0x1f, 0x8b], what: 'compressed (gzip)', remedy: UNPACK },
  { magic: ascii('BZh'), what: 'compressed (bzip2)', remedy: UNPACK },
  { magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a], what: 'compressed (xz)', remedy: UNPACK },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], what: 'compressed (Zstandard)', remedy: UNPACK },
  { magic: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], what: 'a 7z archive', remedy: UNPACK },
  { magic: ascii('Rar!'), what: 'a RAR archive', remedy: UNPACK },
  { magic: ascii('ustar'), at: 257, what: 'a tar archive', remedy: UNPACK },
  { magic: ascii('PAR1'), what: 'a Parquet table', remedy: TABLE },
  { magic: ascii('ARROW1'), what: 'an Arrow table', remedy: TABLE },
  { magic: ascii('SQLite format 3'), what: 'an SQLite database', remedy: TABLE },
  { magic: [0x93, ...ascii('NUMPY')], what: 'a NumPy array', remedy: TABLE },
  { magic: ascii('GLASSBOX'), what: 'a saved run', remedy: 'Load it under Runs, with “Load from file”.' },
  { magic: ascii('ftyp'), at: 4, what: 'a video or sound file', remedy: NO_TEXT },
  { magic: ascii('ID3'), what: 'a sound file', remedy: NO_TEXT },
  { magic: ascii('OggS'), what: 'a sound file', remedy: NO_TEXT },
  { magic: ascii('WAVE'), at: 8, what: 'a sound file', remedy: NO_TEXT },
  { magic: [0x7f, ...ascii('ELF')], what: 'a program', remedy: NO_TEXT },
  { magic: [0x00, ...ascii('asm')], what: 'a program', remedy: NO_TEXT },
];

/** Bytes whose control characters tell a binary file from a text that happens to begin like one ("BZh"). */
const HEAD_BYTES = 512;

/** @param name how messages call the file @throws TextError if its first bytes are those of a format that is not text */
export function refuseBinaryFormat(bytes: Uint8Array, name: string): void {
  const found = BINARY_FORMATS.find(({ magic, at = 0 }) => magic.every((byte, i) => bytes[at + i] === byte));
  if (found === undefined) return;
  const isControl = (byte: number): boolean => byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13;
  if (found.readable !== true && !bytes.subarray(0, HEAD_BYTES).some((byte) => isControl(byte))) return;
  throw new TextError(`${name} is ${found.what}, not a text. ${found.remedy}`);
}
