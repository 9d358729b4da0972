// Text of a known format to documents: plain text as one, JSON lines, JSON and CSV by their rows.
// Decoding the bytes is `textDecoding.ts`.
import type { WorkPace } from '../tokenizers/workPace.ts';
import { TextError } from './textSource.ts';

export type TextFormat = 'plain' | 'csv' | 'json' | 'json-lines';

/** Format by the ending of a file's name; whatever is unknown is read as plain text. */
export function formatOfName(name: string): TextFormat {
  const ending = /\.([^.]*)$/.exec(name.toLowerCase())?.[1];
  if (ending === 'csv') return 'csv';
  if (ending === 'json') return 'json';
  if (ending === 'jsonl' || ending === 'ndjson') return 'json-lines';
  return 'plain';
}

/**
 * Documents of a text. Documents without any visible character are left out.
 * @param name how messages call the text ("“moby.txt”") @throws TextError if the format is broken or holds no text
 */
export async function documentsOf(text: string, format: TextFormat, name: string, pace: WorkPace): Promise<string[]> {
  const documents = await parse(text, format, name, pace);
  return documents.filter((document) => /\S/.test(document));
}

function parse(text: string, format: TextFormat, name: string, pace: WorkPace): string[] | Promise<string[]> {
  switch (format) {
    case 'plain':
      return [text];
    case 'csv':
      return csvDocuments(text, name, pace);
    case 'json':
      return jsonDocuments(text, name);
    case 'json-lines':
      return jsonLineDocuments(text, name, pace);
    default:
      return format satisfies never;
  }
}

/** The text of a JSON value: itself if a string, its `text` field, or its first field that is a string. */
function textIn(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const fields = Object.entries(value).filter((field): field is [string, string] => typeof field[1] === 'string');
  return (fields.find(([key]) => key === 'text') ?? fields[0])?.[1];
}

async function jsonLineDocuments(text: string, name: string, pace: WorkPace): Promise<string[]> {
  const documents: string[] = [];
  let lineNumber = 0;
  let filled = 0;
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(start, end).trim();
    lineNumber++;
    start = end + 1;
    if (line !== '') {
      filled++;
      let value: unknown;
      try {
        value = JSON.parse(line);
      } catch {
        throw new TextError(`Line ${lineNumber} of ${name} is not valid JSON. Each line must be one JSON value.`);
      }
      const document = textIn(value);
      if (document !== undefined) documents.push(document);
    }
    const breath = pace.tick(end / text.length, 'Reading lines');
    if (breath !== undefined) await breath;
  }
  if (filled > 0 && documents.length === 0) throw noTextIn(name);
  return documents;
}

/** A list gives one document per element; any other JSON is read as it stands. */
function jsonDocuments(text: string, name: string): string[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    if (!/\S/.test(text)) return [];
    throw new TextError(`${name} is not valid JSON. Mend it, or rename it to .txt to read it as plain text.`);
  }
  if (!Array.isArray(value)) return [text];
  const documents = value.map(textIn).filter((document) => document !== undefined);
  if (value.length > 0 && documents.length === 0) throw noTextIn(name);
  return documents;
}

const noTextIn = (name: string): TextError =>
  new TextError(`No text was found in ${name}. Each record needs a field “text”, or any field that holds a string.`);

/** One document per row where the first row names a column "text"; else the whole file as one. */
async function csvDocuments(text: string, name: string, pace: WorkPace): Promise<string[]> {
  const firstLine = text.slice(0, text.indexOf('\n') < 0 ? text.length : text.indexOf('\n'));
  const separator = [',', ';', '\t'].find((candidate) => columnOfText(firstLine.split(candidate)) >= 0);
  if (separator === undefined) return [text];
  const column = columnOfText(firstLine.split(separator));
  const documents: string[] = [];
  let row: string[] = [];
  let isHeader = true;
  const endRow = (): void => {
    const document = row[column];
    if (!isHeader && document !== undefined) documents.push(document);
    isHeader = false;
    row = [];
  };
  for (let at = 0; at < text.length; at++) {
    const quoted = text[at] === '"' ? quotedCell(text, at, name) : { cell: '', next: at };
    // Whatever stands between a closing quote and the separator belongs to the cell too.
    const start = quoted.next;
    at = start;
    while (at < text.length && text[at] !== separator && text[at] !== '\n') at++;
    row.push(quoted.cell + text.slice(start, at));
    if (text[at] === separator) continue;
    endRow();
    const breath = pace.tick(at / text.length, 'Reading rows');
    if (breath !== undefined) await breath;
  }
  if (row.length > 0) endRow();
  return documents;
}

/** A cell in quotes; doubled quotes stand for one (RFC 4180). */
function quotedCell(text: string, opening: number, name: string): { cell: string; next: number } {
  let cell = '';
  for (let from = opening + 1; ;) {
    const quote = text.indexOf('"', from);
    if (quote < 0) throw new TextError(`A quoted cell in ${name} is never closed. Mend it, or rename it to .txt.`);
    cell += text.slice(from, quote);
    if (text[quote + 1] !== '"') return { cell, next: quote + 1 };
    cell += '"';
    from = quote + 2;
  }
}

const columnOfText = (header: readonly string[]): number =>
  header.findIndex((cell) => cell.trim().replace(/^"|"$/g, '').toLowerCase() === 'text');
