// Records to documents: by the template that was asked for, or by proposals where none was.
import { inWords } from '../config/inWords.ts';
import type { WorkPace } from '../tokenizers/workPace.ts';
import type { RecordTable } from './recordTable.ts';
import { renderTemplate } from './recordTemplate.ts';
import { fieldsOf } from './templateSyntax.ts';
import { describeFields, proposeTemplate } from './textFields.ts';
import type { RecordsTaken } from './textReading.ts';
import { TextError } from './textSource.ts';

/** A template names a field that a file does not have. */
export class UnknownFieldError extends TextError {}

export interface RecordDocuments {
  readonly documents: string[];
  readonly taken: RecordsTaken;
  readonly remarks: readonly string[];
}

/** Proposals that are made for records in which the ones before found nothing. */
const MOST_PROPOSALS = 4;

interface Wishes {
  /** How messages call the file. */
  readonly name: string;
  /** What the person asked for. */
  readonly template: string | undefined;
  /** Whether a field of single words is a text where there is no better one; a table of such is read as it stands. */
  readonly wordsSuffice: boolean;
  readonly pace: WorkPace;
}

/**
 * @returns undefined if no field is text and none was asked for
 * @throws UnknownFieldError if the template names a field that does not exist, TextError if it names none
 */
export async function documentsOfRecords(table: RecordTable, wishes: Wishes): Promise<RecordDocuments | undefined> {
  const { template: wanted, pace } = wishes;
  if (wanted !== undefined) requireFields(wanted, table, wishes.name);
  const texts = new Array<string>(table.count).fill('');
  let left = Array.from(texts.keys());
  const parts: { template: string; records: number }[] = [];
  const takenFields = new Set<string>();

  const take = async (template: string): Promise<void> => {
    const fields = fieldsOf(template);
    const read = table.reader(fields);
    const empty: number[] = [];
    let filled = 0;
    for (const [done, record] of left.entries()) {
      const text = table.textItself(record) ?? renderTemplate(template, (field) => read(record, field));
      texts[record] = text;
      if (isBlank(text)) empty.push(record);
      else filled++;
      if ((done & 0x3ff) === 0x3ff) await pace.tick(done / left.length, 'Taking the text of the records');
    }
    if (filled === 0) return;
    parts.push({ template, records: filled });
    for (const field of fields) takenFields.add(field);
    left = empty;
  };

  if (wanted !== undefined) await take(wanted);
  else {
    for (let round = 0; round < MOST_PROPOSALS && left.length > 0; round++) {
      const before = left.length;
      // Of records that are texts themselves nothing else is wanted.
      const proposal = proposeTemplate(table, left, wishes.wordsSuffice) ?? (hasText(table, left) ? '' : undefined);
      if (proposal === undefined) break;
      await take(proposal);
      if (left.length === before) break;
    }
    if (parts.length === 0) return undefined;
  }
  const fields = [...takenFields];
  return {
    documents: texts.filter((text) => !isBlank(text)),
    taken: { parts, records: table.count, fields: describeFields(table) },
    remarks: [...table.remarks(fields), ...leftOut(left, table)],
  };
}

const isBlank = (text: string): boolean => !/\S/.test(text);

const hasText = (table: RecordTable, records: readonly number[]): boolean =>
  records.some((record) => !isBlank(table.textItself(record) ?? ''));

function leftOut(empty: readonly number[], table: RecordTable): string[] {
  const [first] = empty;
  if (first === undefined) return [];
  const where = table.placeOf(first);
  return [
    empty.length === 1
      ? `One record has no text there and was left out (${where}).`
      : `${inWords(empty.length)} records have no text there and were left out (the first: ${where}).`,
  ];
}

function requireFields(template: string, table: RecordTable, name: string): void {
  const fields = fieldsOf(template);
  const list = table.fields.slice(0, 12).map((field) => `“${field}”`);
  const known = `Its fields are ${list.join(', ')}${table.fields.length > 12 ? ' …' : ''}.`;
  if (fields.length === 0)
    throw new TextError(`The template names no field. Write a field in braces, like {${table.fields[0] ?? 'text'}}.`);
  const unknown = fields.find((field) => !table.fields.includes(field));
  if (unknown !== undefined) throw new UnknownFieldError(`${name} has no field “${unknown}”. ${known}`);
}
