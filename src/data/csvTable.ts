// A table of cells (CSV, TSV and their like) as records. The cells are cut by the package Papa Parse; what is here knows
// delimiters, headers and rows that do not fit them.
import Papa from 'papaparse';
import type { WorkPace } from '../tokenizers/workPace.ts';
import { distinctNames, type RecordTable } from './recordTable.ts';
import { isTextName } from './textFields.ts';
import { TextError } from './textSource.ts';

const DELIMITERS = [',', ';', '\t', '|'] as const;
/** More columns are not looked at: what has them is hardly a table. */
const MOST_COLUMNS = 200;
/** A header's names are short. */
const LONGEST_NAME = 80;
/** Stands for "no cell is in quotes": texts hold no NUL (`textDecoding.ts`). */
const NO_QUOTES = '\0';

interface Row {
  readonly cells: readonly string[];
  /** Its number in a spreadsheet, from 1. */
  readonly number: number;
}

interface Cells {
  readonly rows: Row[];
  /** Row in which a quote mark stands where none may; undefined if every quote is right. */
  readonly wrongQuote: number | undefined;
  /** Row with a quote that is never closed. */
  readonly openQuote: number | undefined;
  /** Row in which quote marks made no sense, so that all were read as ordinary characters. */
  readonly literalQuote?: number;
}

/** @param text with line ends `\n` @param name how messages call the file @throws TextError if a quote is never closed */
export async function csvTable(text: string, name: string, tabs: boolean, pace: WorkPace): Promise<RecordTable> {
  const separator = /^sep=(.)\n/i.exec(text.slice(0, 6))?.[1];
  const body = separator === undefined ? text : text.slice(6);
  const delimiter = separator ?? (tabs ? '\t' : delimiterOf(body));
  const rowsBefore = separator === undefined ? 0 : 1;
  const cells = await readCells(body, delimiter, '"', pace);
  const wrong = cells.openQuote ?? cells.wrongQuote;
  if (wrong === undefined) return tableOf(cells, delimiter, rowsBefore);
  // Where quote marks are ordinary characters, as in many tables parted by tabs, all rows fit once they are read so.
  const literal = await readCells(body, delimiter, NO_QUOTES, pace);
  if (delimiter === '\t' || haveOneWidth(literal.rows)) {
    return tableOf({ ...literal, literalQuote: wrong }, delimiter, rowsBefore);
  }
  if (cells.openQuote !== undefined) {
    throw new TextError(
      `A quoted cell in row ${cells.openQuote + rowsBefore} of ${name} is never closed. Fix it, or rename the file to .txt to read it as it stands.`,
    );
  }
  return tableOf(cells, delimiter, rowsBefore);
}

function tableOf({ rows, wrongQuote, literalQuote }: Cells, delimiter: string, rowsBefore: number): RecordTable {
  const [first] = rows;
  const hasHeader = first !== undefined && isHeader(first.cells);
  const records = hasHeader ? rows.slice(1) : rows;
  const width = first?.cells.length ?? 0;
  // Prose with commas: its first line is no header, and hardly a row fits it.
  const short = records.filter((row) => row.cells.length < width).length;
  const isProse = 2 * short > records.length && !first?.cells.some(isTextName);
  const named = isProse ? 0 : Math.min(width, MOST_COLUMNS);
  const fields = distinctNames(hasHeader ? first.cells.slice(0, named) : new Array<string>(named).fill(''), 'column');
  const indexOf = new Map(fields.map((field, index) => [field, index]));
  const placeOf = (record: number): string => `row ${(records[record]?.number ?? 0) + rowsBefore}`;
  const surplusOf = (row: Row | undefined): number => (row === undefined ? 0 : widthOf(row.cells, width) - width);
  const homeOf = (taken: readonly string[]): number =>
    taken.reduce((last, field) => Math.max(last, indexOf.get(field) ?? -1), -1);
  return {
    count: records.length,
    fields,
    placeOf,
    textItself: () => undefined,
    reader: (taken) => {
      const home = homeOf(taken);
      return (record, field) => {
        const row = records[record];
        const index = indexOf.get(field) ?? -1;
        const surplus = surplusOf(row);
        if (row === undefined || surplus <= 0 || home < 0 || index < home) return row?.cells[index];
        // Delimiters that should have been in quotes: the cells are one.
        if (index === home) return row.cells.slice(home, home + surplus + 1).join(delimiter);
        return row.cells[index + surplus];
      };
    },
    remarks: (taken) => {
      const remarks: string[] = [];
      const home = fields[homeOf(taken)];
      const long = records.filter((row) => surplusOf(row) > 0);
      const short = records.filter((row) => surplusOf(row) < 0);
      const expected = `${hasHeader ? 'the header' : 'the first row'} has ${width}`;
      const others = (count: number): string => (count > 1 ? ` So do ${count - 1} more.` : '');
      if (long[0] && home !== undefined) {
        remarks.push(
          `Row ${long[0].number + rowsBefore} has ${long[0].cells.length} cells, ${expected}. Its surplus cells were kept as part of “${home}”.${others(long.length)}`,
        );
      }
      if (short[0] && taken.length > 0) {
        remarks.push(
          `Row ${short[0].number + rowsBefore} has only ${count(short[0].cells.length, 'cell')}, ${expected}. Its missing cells were read as empty.${others(short.length)}`,
        );
      }
      if (wrongQuote !== undefined && taken.length > 0) {
        remarks.push(
          `Row ${wrongQuote + rowsBefore} has a quote mark inside a quoted cell. Check that its cells were read rightly.`,
        );
      }
      if (literalQuote !== undefined && taken.length > 0) {
        remarks.push(
          `Row ${literalQuote + rowsBefore} has a quote mark that closes no cell, so quote marks were read as ordinary characters.`,
        );
      }
      if (!hasHeader && records.length > 0) {
        remarks.push('The first row doesn’t look like a header, so it was read as a record.');
      }
      return remarks;
    },
  };
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

const haveOneWidth = (rows: readonly Row[]): boolean =>
  rows.every(({ cells }) => cells.length > 1 && cells.length === rows[0]?.cells.length);

/** Number of cells, without empty ones beyond the table's width, which spreadsheets leave behind. */
function widthOf(cells: readonly string[], width: number): number {
  let length = cells.length;
  while (length > width && cells[length - 1]?.trim() === '') length--;
  return length;
}

/** Whether a first row names columns: short, distinct names and no numbers. */
function isHeader(cells: readonly string[]): boolean {
  const names = cells.map((cell) => cell.trim()).filter((cell) => cell !== '');
  if (names.length === 0 || new Set(names).size < names.length) return false;
  return names.every(
    (name) => name.length <= LONGEST_NAME && /\p{L}/u.test(name) && !/[.!?]\s|[.!?]$|\n|:\/\//u.test(name),
  );
}

/** The delimiter that cuts the first line into most cells, outside quotes. */
function delimiterOf(text: string): string {
  const end = text.indexOf('\n');
  const line = (end < 0 ? text : text.slice(0, end)).replaceAll(/"(?:[^"]|"")*"/g, '""');
  let best: string = DELIMITERS[0];
  for (const candidate of DELIMITERS) if (line.split(candidate).length > line.split(best).length) best = candidate;
  return best;
}

/** All rows but empty ones. */
async function readCells(text: string, delimiter: string, quoteChar: string, pace: WorkPace): Promise<Cells> {
  const rows: Row[] = [];
  let number = 0;
  let wrongQuote: number | undefined;
  let openQuote: number | undefined;
  let characters = 0;
  await new Promise<void>((resolve, reject) => {
    Papa.parse<string[]>(text, {
      delimiter,
      quoteChar,
      newline: '\n',
      // It would cut the whole rest into lines again after each pause.
      fastMode: false,
      complete: () => resolve(),
      step: ({ data: cells, errors }, parser) => {
        number++;
        for (const { code } of errors) {
          if (code === 'MissingQuotes') openQuote ??= number;
          else if (code === 'InvalidQuotes') wrongQuote ??= number;
        }
        if (cells.length > 1 || cells[0]?.trim() !== '') rows.push({ cells, number });
        for (const cell of cells) characters += cell.length + 1;
        if ((number & 0x3f) !== 0) return;
        const breath = pace.tick(characters / text.length, 'Reading rows');
        if (breath === undefined) return;
        parser.pause();
        breath.then(
          () => parser.resume(),
          (error: unknown) => {
            parser.abort();
            reject(error instanceof Error ? error : new Error(String(error)));
          },
        );
      },
    });
  });
  return { rows, wrongQuote, openQuote };
}
