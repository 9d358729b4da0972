// JSON and JSON Lines as records: lists of objects or texts, whatever wraps them, by column or by row.
import { isTextName } from './textFields.ts';
import { distinctNames, evenSample, type RecordTable } from './recordTable.ts';
import { chatText } from './recordTemplate.ts';
import type { WorkPace } from '../tokenizers/workPace.ts';
import { TextError } from './textSource.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** Records in which fields are looked for, and levels of objects in objects. */
const SAMPLE_RECORDS = 2000;
const DEEPEST = 4;
const MOST_FIELDS = 200;

/** One JSON value per line. @throws TextError that names the line which is none */
export async function jsonLinesTable(text: string, name: string, pace: WorkPace): Promise<RecordTable> {
  const records: unknown[] = [];
  const lines: number[] = [];
  let lineNumber = 0;
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(start, end).trim();
    lineNumber++;
    start = end + 1;
    if (line !== '') {
      const value = parseJson(line);
      if (value === undefined) {
        const whole = lineNumber === 1 ? parseJson(text) : undefined;
        if (whole !== undefined) return jsonTable(whole);
        throw new TextError(
          `Line ${lineNumber} of ${name} is not valid JSON. Each line must be one JSON value. Fix it, or rename the file to .txt to read it as it stands.`,
        );
      }
      records.push(value);
      lines.push(lineNumber);
    }
    const breath = pace.tick(end / text.length, 'Reading lines');
    if (breath !== undefined) await breath;
  }
  // A whole JSON file in one line is often called so.
  if (records.length === 1 && !areNamedTexts(records[0])) return jsonTable(records[0]);
  return tableOf(records.map(unwrapped), (record) => `line ${lines[record] ?? 0}`);
}

/**
 * The records of a JSON file; undefined if it holds a value that is no list of records, to be read as it stands.
 * @throws TextError if it is not valid JSON
 */
export async function jsonFileTable(text: string, name: string, pace: WorkPace): Promise<RecordTable> {
  const value = parseJson(text);
  if (value !== undefined) return jsonTable(value);
  // JSON Lines are often called .json.
  const firstLine = text.trimStart().split('\n', 1)[0] ?? '';
  if (/^\s*[{["]/.test(firstLine) && firstLine.length < text.trim().length && parseJson(firstLine) !== undefined) {
    return jsonLinesTable(text, name, pace);
  }
  throw new TextError(`${name} is not valid JSON. Fix it, or rename it to .txt to read it as it stands.`);
}

/** Python writes NaN and Infinity, which JSON does not know: null stands in. @returns undefined if it is no JSON */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    if (!/\bNaN\b|\bInfinity\b/.test(text)) return undefined;
  }
  try {
    return JSON.parse(
      text.replaceAll(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, (found) => (found.startsWith('"') ? found : 'null')),
    );
  } catch {
    return undefined;
  }
}

function jsonTable(value: unknown): RecordTable {
  const records = recordsIn(value, DEEPEST) ?? [value];
  return tableOf(records.map(unwrapped), (record) => `record ${record + 1}`);
}

/** The list of records in a value: itself, by column, or the longest list inside; undefined if there is none. */
function recordsIn(value: unknown, depth: number): readonly unknown[] | undefined {
  // A list of turns is one chat.
  if (Array.isArray(value)) return isChat(value) ? [value] : withColumns(value);
  if (!isObject(value) || depth === 0) return undefined;
  // `split` of pandas: names of columns beside rows of values.
  if (Array.isArray(value['columns']) && Array.isArray(value['data'])) {
    return withColumns([value['columns'], ...(value['data'] as unknown[])]);
  }
  const byColumn = transposed(value);
  if (byColumn) return byColumn;
  if (areNamedTexts(value)) return Object.values(value);
  let best: readonly unknown[] | undefined;
  // Lists of texts beside a text are a field of one record, like the answers to a question.
  const hasText = Object.values(value).some(isSentence);
  for (const inner of Object.values(value)) {
    let found: readonly unknown[] | undefined;
    if (Array.isArray(inner)) found = isRecordList(inner) ? withColumns(inner) : undefined;
    else if (isObject(inner)) found = recordsIn(inner, depth - 1);
    if (found && hasText && (!Array.isArray(inner) || !found.every(isObject))) found = undefined;
    if (found && weightOf(found) > (best ? weightOf(best) : 0)) best = found;
  }
  const [weight, longest] = [best ? weightOf(best) : 0, longestText(value)];
  return best !== undefined && longest <= weight ? best : namedRecords(value);
}

const longestText = (value: JsonObject): number =>
  Math.max(0, ...Object.values(value).map((inner) => (typeof inner === 'string' ? inner.length : 0)));

/** Characters of text in records, roughly: what tells the rows of an answer from a list of its columns. */
function weightOf(records: readonly unknown[]): number {
  const sample = evenSample(records.length, 50);
  const characters = sample.reduce((sum, index) => sum + JSON.stringify(records[index] ?? null).length, 0);
  return (characters / Math.max(1, sample.length)) * records.length;
}

const isRecordList = (value: unknown): value is readonly unknown[] =>
  Array.isArray(value) && value.some((item) => isObject(item) || typeof item === 'string') && !isChat(value);

const isChat = (value: readonly unknown[]): boolean => chatText(value) !== undefined;

/** Texts under names of their own, which are no names of fields: `{"chapter 1": "…", "chapter 2": "…"}`. */
const areNamedTexts = (value: unknown): boolean =>
  isObject(value) &&
  Object.keys(value).length > 1 &&
  Object.entries(value).every(([name, text]) => isSentence(text) && !isTextName(name));

const isSentence = (value: unknown): boolean => typeof value === 'string' && /\S\s+\S/.test(value);

/** A list of lists whose first names the columns. */
function withColumns(list: readonly unknown[]): readonly unknown[] {
  const [names, ...rows] = list;
  if (!Array.isArray(names) || rows.length === 0 || isChat(names) || !list.every((row) => Array.isArray(row)))
    return list;
  const isHeader = names.every((name) => typeof name === 'string' && name !== '' && name.length <= 80);
  const columns = distinctNames(
    isHeader && new Set(names).size === names.length ? names.map(String) : names.map(() => ''),
    'column',
  );
  return (isHeader ? rows : list).map((row) =>
    Object.fromEntries((row as unknown[]).map((cell, index) => [columns[index] ?? `column ${index + 1}`, cell])),
  );
}

/** Columns as lists of one length, or as objects with the same numbers for names (pandas), as records. */
function transposed(value: JsonObject): readonly JsonObject[] | undefined {
  const names = Object.keys(value);
  const columns = Object.values(value);
  if (names.length === 0) return undefined;
  const lists = columns.every((column) => Array.isArray(column) && !isChat(column) && !column.some(isObject));
  const [first] = columns;
  if (lists && names.length > 1 && Array.isArray(first) && first.length > 0) {
    if (!columns.every((column) => Array.isArray(column) && column.length === first.length)) return undefined;
    return first.map((_, row) =>
      Object.fromEntries(names.map((name, i) => [name, (columns[i] as readonly unknown[])[row]])),
    );
  }
  if (!columns.every((column) => isObject(column)) || !isObject(first)) return undefined;
  const rows = Object.keys(first);
  const numbered = rows.length > 0 && rows.every((row) => /^\d+$/.test(row));
  if (!numbered || !columns.every((column) => sameKeys(column, rows))) return undefined;
  return rows.map((row) => Object.fromEntries(names.map((name, i) => [name, (columns[i] as JsonObject)[row]])));
}

const sameKeys = (value: unknown, keys: readonly string[]): boolean =>
  isObject(value) && Object.keys(value).length === keys.length && keys.every((key) => Object.hasOwn(value, key));

/** Records under names of their own, `{"a17": {…}, "a18": {…}}`: at least two, with a field in common. */
function namedRecords(value: JsonObject): readonly unknown[] | undefined {
  const records = Object.values(value);
  const [first] = records;
  if (records.length < 2 || !isObject(first) || !records.every(isObject)) return undefined;
  const shared = Object.keys(first).filter((key) => records.every((record) => Object.hasOwn(record, key)));
  return shared.length > 0 ? records : undefined;
}

/** What an API wraps each record in: Hugging Face's `row`, Elasticsearch's `_source`, Reddit's `data`. */
function unwrapped(record: unknown): unknown {
  if (!isObject(record)) return record;
  for (const wrapper of ['row', '_source', 'node', 'data']) {
    const inner = record[wrapper];
    if (isObject(inner) && Object.entries(record).every(([name, value]) => name === wrapper || !isLong(value)))
      return inner;
  }
  return record;
}

const isLong = (value: unknown): boolean =>
  typeof value === 'string' ? value.length > 60 : isObject(value) && Object.keys(value).length > 0;

function tableOf(records: readonly unknown[], placeOf: (record: number) => string): RecordTable {
  const paths = fieldPaths(records);
  const fields = distinctNames(
    paths.map((path) => path.join('.')),
    'field',
  );
  const pathOf = new Map(fields.map((field, index) => [field, paths[index] ?? []]));
  return {
    count: records.length,
    fields,
    placeOf,
    textItself: (record) => {
      const value = records[record];
      if (Array.isArray(value)) return chatText(value);
      return typeof value === 'string' ? value : undefined;
    },
    reader: () => (record, field) => valueAt(records[record], pathOf.get(field) ?? []),
    remarks: () => [],
  };
}

/** Paths of the values that are no objects, in order of appearance. */
function fieldPaths(records: readonly unknown[]): string[][] {
  const found = new Map<string, string[]>();
  const visit = (value: unknown, path: readonly string[]): void => {
    if (isObject(value) && path.length < DEEPEST) {
      for (const [name, inner] of Object.entries(value)) visit(inner, [...path, name]);
    } else if (path.length > 0 && found.size < MOST_FIELDS) found.set(JSON.stringify(path), [...path]);
  };
  for (const index of evenSample(records.length, SAMPLE_RECORDS)) visit(records[index], []);
  return [...found.values()];
}

function valueAt(record: unknown, path: readonly string[]): unknown {
  let value = record;
  for (const name of path) {
    if (!isObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
