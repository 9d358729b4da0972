// A run's own text as run files carry it: gzipped JSON. Unpacked a little at a time, so that it can be cancelled and a
// small file that would unpack to gigabytes is refused at the size that texts may have.
import { Gunzip, Gzip, strToU8 } from 'fflate';
import { formatBytes, MAX_TEXT_BYTES } from '../data/textSize.ts';
import type { TextDocuments, WorkContext } from '../data/textSource.ts';
import { WorkPace } from '../tokenizers/workPace.ts';
import { RunFileError } from './runFileError.ts';

/** A packed chunk grows a thousandfold at most: to some megabytes, which take no time. */
const PACKED_CHUNK_BYTES = 4 * 1024;
const PLAIN_CHUNK_BYTES = 256 * 1024;
const BREATH_BYTES = 2 * 1024 ** 2;
/** Besides the documents: their names and the object around them. */
const AROUND_BYTES = 64 * 1024;

/** Packs a text. @throws (rejects with) the signal's reason if it was cancelled */
export async function packText(text: TextDocuments, context: WorkContext): Promise<Uint8Array<ArrayBuffer>> {
  const pace = new WorkPace(context);
  const plain = strToU8(JSON.stringify(text));
  const parts: Uint8Array[] = [];
  const gzip = new Gzip({ level: 6 }, (part) => void parts.push(part));
  for (let start = 0; start < plain.length; start += PLAIN_CHUNK_BYTES) {
    const end = start + PLAIN_CHUNK_BYTES;
    gzip.push(plain.subarray(start, end), end >= plain.length);
    await pace.tick(end / plain.length, 'Packing the text');
  }
  return joined(parts);
}

/**
 * The text that was packed.
 * @param mostBytes of text that are taken @throws RunFileError if it is none, or larger than texts may be; (rejects with) the signal's reason if cancelled
 */
export async function unpackText(
  packed: Uint8Array,
  context: WorkContext,
  mostBytes = MAX_TEXT_BYTES,
): Promise<TextDocuments> {
  const pace = new WorkPace(context);
  const decoder = new TextDecoder();
  const size = new JsonSize();
  const pieces: string[] = [];
  const gunzip = new Gunzip((part) => {
    size.add(part);
    pieces.push(decoder.decode(part, { stream: true }));
  });
  let nextBreath = BREATH_BYTES;
  for (let start = 0; start < packed.length; start += PACKED_CHUNK_BYTES) {
    const end = start + PACKED_CHUNK_BYTES;
    try {
      gunzip.push(packed.subarray(start, end), end >= packed.length);
    } catch {
      throw unreadable();
    }
    if (size.textBytes > mostBytes + AROUND_BYTES || size.plainBytes > 2 * mostBytes + AROUND_BYTES) {
      throw new RunFileError(
        `The text in this run file unpacks to more than ${formatBytes(mostBytes)}, the largest that can be read.`,
      );
    }
    if (size.plainBytes < nextBreath && end < packed.length) continue;
    nextBreath = size.plainBytes + BREATH_BYTES;
    await pace.yieldToEvents(end / packed.length, `Unpacking the text (${formatBytes(size.textBytes)})`);
  }
  return parsed(pieces.join(''));
}

/** Counts the bytes of the strings in JSON as they stand there unescaped, and of everything. */
class JsonSize {
  textBytes = 0;
  /** Escapes count as the characters that they stand for. */
  plainBytes = 0;
  #inString = false;
  #afterBackslash = false;

  add(part: Uint8Array): void {
    // In locals, as this runs for every byte.
    let [inString, afterBackslash, text, left] = [this.#inString, this.#afterBackslash, 0, 0];
    for (const byte of part) {
      if (inString) text++;
      if (afterBackslash) {
        afterBackslash = false;
        // A backslash is no character of its own, nor are the four digits after \u.
        left += byte === LETTER_U ? 5 : 1;
      } else if (byte === BACKSLASH) afterBackslash = inString;
      else if (byte === QUOTE) {
        if (inString) text--;
        inString = !inString;
      }
    }
    [this.#inString, this.#afterBackslash] = [inString, afterBackslash];
    this.plainBytes += part.length - left;
    this.textBytes += text - left;
  }
}

const [QUOTE, BACKSLASH, LETTER_U] = [0x22, 0x5c, 0x75];

/** By hand, as there may be millions of documents. */
function parsed(json: string): TextDocuments {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw unreadable();
  }
  if (typeof value !== 'object' || value === null || !('name' in value) || !('documents' in value)) throw unreadable();
  const { name, documents } = value;
  if (typeof name !== 'string' || !isListOfStrings(documents)) throw unreadable();
  return { name, documents };
}

const isListOfStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

const unreadable = (): RunFileError => new RunFileError('This run file holds a text that cannot be read.');

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let place = 0;
  for (const part of parts) {
    whole.set(part, place);
    place += part.length;
  }
  return whole;
}
