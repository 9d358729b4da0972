// A person's own text, from files, the clipboard or an address, as documents, with a report of how it was read.
// Says in plain sentences what is wrong with what cannot be read. Stores nothing.
import { inWords } from '../config/inWords.ts';
import { END_OF_TEXT } from '../tokenizers/tokenizer.ts';
import { WorkPace } from '../tokenizers/workPace.ts';
import { readBlob } from './readBlob.ts';
import { UnknownFieldError } from './recordDocuments.ts';
import { cleanText, decodeText, withUnixLineEnds, type DecodedText } from './textDecoding.ts';
import { documentsOf, formatOfName, type ParsedText, type TextFormat } from './textFormats.ts';
import type { EncodingUsed, ReadingOptions, RecordsTaken, TextReading } from './textReading.ts';
import { MAX_TEXT_BYTES, measureText } from './textSize.ts';
import { emptyText, tooLarge } from './textRefusals.ts';
import { TextError, type TextDocuments, type WorkContext } from './textSource.ts';

/** Getting the bytes takes the first part of the bar, making documents the rest. */
const GETTING_SHARE = 0.4;

/** A file as a person chose it, or as an address gave it: then the Blob's type is what the server said of it. */
export interface NamedFile {
  readonly name: string;
  readonly file: Blob;
}

/**
 * Reads text files; tables (.csv, .tsv) and JSON (.json, .jsonl, .ndjson) are read by their records, all others as plain
 * text, and several files are several documents. Of several, those that are not text are left out and named.
 * @throws TextError if together they are larger than 50 MB (before anything is read), empty or not text, or if the
 *   options name an encoding or a field that there is not
 */
export async function readFiles(
  files: readonly NamedFile[],
  context: WorkContext,
  options: ReadingOptions = {},
): Promise<TextDocuments> {
  const first = files[0];
  if (first === undefined) throw new TextError('No file was chosen.');
  const name = files.length === 1 ? first.name : `${first.name} and ${files.length - 1} more`;
  const totalBytes = files.reduce((sum, { file }) => sum + file.size, 0);
  if (totalBytes > MAX_TEXT_BYTES)
    throw tooLarge(files.length === 1 ? quoted(name) : 'These files together', totalBytes);

  const parts: FilePart[] = [];
  const faults: TextError[] = [];
  let bytesBefore = 0;
  for (const file of files) {
    const share = (bytes: number): number => bytes / Math.max(1, totalBytes);
    const own = portion(context, share(bytesBefore), share(bytesBefore + file.file.size));
    bytesBefore += file.file.size;
    try {
      parts.push(await readFile(file, own, options, files.length === 1));
    } catch (error) {
      if (!(error instanceof TextError) || files.length === 1) throw error;
      faults.push(error);
    }
  }
  const [fault] = faults;
  if (parts.length === 0 && fault) throw fault;
  const unknownField = parts.find((part) => part.unknownField)?.unknownField;
  if (unknownField && !parts.some((part) => part.taken && !part.unknownField)) throw unknownField;
  const documents = parts.flatMap((part) => part.documents);
  if (documents.length === 0) throw emptyText(files.length === 1 ? quoted(name) : 'Every one of these files');
  return finished(name, documents, {
    encodings: encodingsOf(parts),
    unreadable: parts.reduce((sum, part) => sum + part.unreadable, 0),
    records: mergedRecords(parts),
    remarks: [
      ...faults.slice(0, MOST_FAULTS).map((left) => `Left out: ${left.message}`),
      ...(faults.length > MOST_FAULTS ? [`${faults.length - MOST_FAULTS} more files were left out.`] : []),
      ...parts.flatMap((part) => part.remarks),
    ],
    options,
  });
}

const MOST_FAULTS = 3;

/** Takes a pasted text as one document. @throws TextError if it is larger than 50 MB, empty or not text */
export function readPaste(text: string, options: ReadingOptions = {}): TextDocuments {
  const bytes = text.length > MAX_TEXT_BYTES ? text.length : measureText(text).bytes;
  if (bytes > MAX_TEXT_BYTES) throw tooLarge('The pasted text', bytes);
  if (!/\S/.test(text)) throw emptyText('The pasted text');
  const cleaned = cleanText(text, 'The pasted text');
  const remarks = remarksOn({ ...cleaned, unreadable: 0 }, 'The pasted text');
  return finished('Pasted text', [cleaned.text], { encodings: [], unreadable: 0, remarks, options });
}

interface FilePart extends ParsedText {
  readonly encoding: DecodedText['encoding'];
  readonly unreadable: number;
  /** The template that was asked for does not suit this file, which was read as if there were none. */
  readonly unknownField: UnknownFieldError | undefined;
}

/** @param isAlone whether remarks need not say which file they are about */
async function readFile(
  { name, file }: NamedFile,
  context: WorkContext,
  options: ReadingOptions,
  isAlone: boolean,
): Promise<FilePart> {
  const getting = new WorkPace(portion(context, 0, GETTING_SHARE));
  const bytes = await readBlob(file, name, (done) => getting.yieldToEvents(done / file.size, `Reading ${name}`));
  const pace = new WorkPace(portion(context, GETTING_SHARE, 0.6));
  const decoded = await decodeText(bytes, {
    name: quoted(name),
    declared: /charset\s*=\s*"?([^\s;"]+)/i.exec(file.type)?.[1],
    chosen: options.encoding,
    pace,
  });
  const format = formatOf(name, file.type);
  const parsing = new WorkPace(portion(context, 0.6, 1));
  const { parsed, unknownField } = await parsedBy(decoded.text, format, name, options, parsing);
  await parsing.yieldToEvents(1, `Read ${name}`);
  return {
    ...parsed,
    documents: parsed.documents.map(withUnixLineEnds),
    remarks: [...remarksOn(decoded, quoted(name)), ...parsed.remarks].map((remark) =>
      isAlone || remark.includes(quoted(name)) ? remark : `${quoted(name)}: ${remark}`,
    ),
    encoding: decoded.encoding,
    unreadable: decoded.unreadable,
    unknownField,
  };
}

async function parsedBy(
  text: string,
  format: TextFormat,
  name: string,
  options: ReadingOptions,
  pace: WorkPace,
): Promise<{ parsed: ParsedText; unknownField: UnknownFieldError | undefined }> {
  try {
    return { parsed: await documentsOf(text, format, quoted(name), options, pace), unknownField: undefined };
  } catch (error) {
    // Another of several files may have the field.
    if (!(error instanceof UnknownFieldError)) throw error;
    const parsed = await documentsOf(text, format, quoted(name), { ...options, template: undefined }, pace);
    return { parsed, unknownField: error };
  }
}

/** A text with its report, split where that was asked for. */
function finished(
  name: string,
  documents: readonly string[],
  report: Omit<TextReading, 'endOfTextMarks'>,
): TextDocuments {
  let endOfTextMarks = 0;
  for (const document of documents) {
    for (let at = document.indexOf(END_OF_TEXT); at >= 0; at = document.indexOf(END_OF_TEXT, at + 1)) endOfTextMarks++;
  }
  const split = report.options.splitAtEndOfText === true && endOfTextMarks > 0;
  const pieces = split ? documents.flatMap(splitAtEndOfText) : documents;
  if (pieces.length === 0) throw emptyText(quoted(name));
  return { name, documents: pieces, reading: { ...report, endOfTextMarks } };
}

/** Pieces between the marks, without the line ends around them; none is blank. */
const splitAtEndOfText = (document: string): string[] =>
  document
    .split(END_OF_TEXT)
    .map((piece) => piece.replaceAll(/^\n+|\n+$/g, ''))
    .filter((piece) => /\S/.test(piece));

function remarksOn(
  { unreadable, droppedNuls }: Pick<DecodedText, 'unreadable' | 'droppedNuls'>,
  name: string,
): string[] {
  const remarks: string[] = [];
  if (unreadable > 0) {
    const places = unreadable === 1 ? 'One place' : `${inWords(unreadable)} places`;
    remarks.push(`${places} in ${name} can’t be read in this encoding and became “\ufffd”.`);
  }
  if (droppedNuls > 0) {
    const characters = droppedNuls === 1 ? 'One NUL character was' : `${droppedNuls} NUL characters were`;
    remarks.push(`${characters} removed from ${name.replace(/^The/, 'the')}.`);
  }
  return remarks;
}

function encodingsOf(parts: readonly FilePart[]): EncodingUsed[] {
  const used: EncodingUsed[] = [];
  for (const { encoding, origin } of parts.map((part) => part.encoding)) {
    const index = used.findIndex((other) => other.encoding === encoding);
    const same = used[index];
    if (same) used[index] = { ...same, files: same.files + 1 };
    else used.push({ encoding, origin, files: 1 });
  }
  return used.sort((a, b) => b.files - a.files);
}

/** What was taken of all files with records; fields of one name count as one. */
function mergedRecords(parts: readonly FilePart[]): RecordsTaken | undefined {
  const taken = parts.map((part) => part.taken).filter((found) => found !== undefined);
  const [first, ...others] = taken;
  if (first === undefined || others.length === 0) return first;
  const templates = new Map<string, number>();
  const fields = new Map(first.fields.map((field) => [field.name, field]));
  for (const { template, records } of taken.flatMap((found) => found.parts)) {
    templates.set(template, (templates.get(template) ?? 0) + records);
  }
  for (const field of others.flatMap((found) => found.fields)) {
    const before = fields.get(field.name);
    fields.set(field.name, before ? { ...before, filled: before.filled + field.filled } : field);
  }
  return {
    parts: Array.from(templates, ([template, records]) => ({ template, records })),
    records: taken.reduce((sum, found) => sum + found.records, 0),
    fields: [...fields.values()],
  };
}

/** A part of the work as if it were the whole. */
const portion = (context: WorkContext, from: number, to: number): WorkContext => ({
  ...context,
  onProgress: (fraction, message) => context.onProgress(from + fraction * (to - from), message),
});

/** By the ending of the name, else by what the server said. */
function formatOf(name: string, contentType: string): TextFormat {
  const byName = formatOfName(name);
  if (byName !== 'plain' || /\.(txt|md)$/i.test(name)) return byName;
  if (contentType.includes('text/csv')) return 'csv';
  if (contentType.includes('text/tab-separated-values')) return 'tsv';
  if (/ndjson|jsonl|json-lines/.test(contentType)) return 'json-lines';
  return contentType.includes('application/json') ? 'json' : 'plain';
}

const quoted = (name: string): string => `“${name}”`;
