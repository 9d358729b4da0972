// Text of a known format to documents: plain text as one, tables and JSON by their records.
// Decoding the bytes is `textDecoding.ts`; which fields of records are taken is `textFields.ts`.
import type { WorkPace } from '../tokenizers/workPace.ts';
import { csvTable } from './csvTable.ts';
import { jsonFileTable, jsonLinesTable } from './jsonTable.ts';
import { documentsOfRecords } from './recordDocuments.ts';
import type { RecordTable } from './recordTable.ts';
import { describeFields } from './textFields.ts';
import type { ReadingOptions, RecordsTaken } from './textReading.ts';
import { TextError } from './textSource.ts';

export type TextFormat = 'plain' | 'csv' | 'tsv' | 'json' | 'json-lines';

export interface ParsedText {
  readonly documents: readonly string[];
  readonly taken?: RecordsTaken;
  readonly remarks: readonly string[];
}

/** Format by the ending of a file's name; whatever is unknown is read as plain text. */
export function formatOfName(name: string): TextFormat {
  const ending = /\.([^.]*)$/.exec(name.toLowerCase())?.[1];
  if (ending === 'csv') return 'csv';
  if (ending === 'tsv' || ending === 'tab') return 'tsv';
  if (ending === 'json') return 'json';
  if (ending === 'jsonl' || ending === 'ndjson') return 'json-lines';
  return 'plain';
}

/**
 * Documents of a text. Documents without any visible character are left out.
 * @param text with line ends `\n` @param name how messages call the text ("“moby.txt”")
 * @throws TextError if the format is broken or holds no text
 */
export async function documentsOf(
  text: string,
  format: TextFormat,
  name: string,
  options: Pick<ReadingOptions, 'asPlainText' | 'template'>,
  pace: WorkPace,
): Promise<ParsedText> {
  if (format === 'plain' || options.asPlainText === true || !/\S/.test(text)) return asItStands(text);
  const table = await tableOf(text, format, name, pace);
  if (table.count === 0) {
    throw new TextError(
      `${name} has ${isTable(format) ? 'a header but no rows' : 'no records'}. Choose a file with text.`,
    );
  }
  const wordsSuffice = !isTable(format) || table.fields.length === 1;
  const found = await documentsOfRecords(table, { name, template: options.template, wordsSuffice, pace });
  if (found) return found;
  const fields = describeFields(table);
  const emptyText = fields.find((field) => field.filled === 0 && field.name.toLowerCase() === 'text');
  if (emptyText)
    throw new TextError(`“${emptyText.name}” is empty in every record of ${name}. Choose a file with text.`);
  if (!isTable(format) && !isOneObject(table, text)) throw noTextIn(name, table);
  return {
    ...asItStands(text),
    taken: { parts: [], records: table.count, fields },
    remarks: [
      `No ${isTable(format) ? 'column' : 'field'} of ${name} looks like text, so the file was read as it stands.`,
    ],
  };
}

const isTable = (format: TextFormat): boolean => format === 'csv' || format === 'tsv';

const asItStands = (text: string): ParsedText => ({ documents: /\S/.test(text) ? [text] : [], remarks: [] });

async function tableOf(
  text: string,
  format: Exclude<TextFormat, 'plain'>,
  name: string,
  pace: WorkPace,
): Promise<RecordTable> {
  switch (format) {
    case 'csv':
      return csvTable(text, name, false, pace);
    case 'tsv':
      return csvTable(text, name, true, pace);
    case 'json':
      return jsonFileTable(text, name, pace);
    case 'json-lines':
      return jsonLinesTable(text, name, pace);
    default:
      return format satisfies never;
  }
}

/** One object that is no list of records, like a file of settings, is worth reading as it stands. */
const isOneObject = ({ count }: RecordTable, text: string): boolean => count === 1 && text.trimStart().startsWith('{');

const noTextIn = (name: string, { fields }: RecordTable): TextError => {
  const list = fields.slice(0, 8).map((field) => `“${field}”`);
  const found = list.length === 0 ? '' : ` Found: ${list.join(', ')}${fields.length > 8 ? ' …' : ''}.`;
  return new TextError(
    `No text was found in ${name}. Each record needs a field “text”, or any field that holds sentences.${found}`,
  );
};
