// Two thousand files that nobody would write on purpose: each gives documents or one sentence, and loses nothing unseen.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFiles } from './readText.ts';
import type { TextDocuments } from './textSource.ts';
import { TextError } from './textSource.ts';

const context = {
  signal: new AbortController().signal,
  onProgress: () => undefined,
  yieldToEvents: async () => undefined,
};
const read = (name: string, content: string | Uint8Array<ArrayBuffer>): Promise<TextDocuments> =>
  readFiles([{ name, file: new Blob([content]) }], context);

interface Outcome {
  readonly text: TextDocuments | undefined;
  /** What is wrong with the outcome; empty if it is a text or a sentence as they should be. */
  readonly faults: readonly string[];
}

/** What reading gave. Anything thrown but a TextError fails the test. */
async function outcomeOf(name: string, content: string | Uint8Array<ArrayBuffer>): Promise<Outcome> {
  try {
    const text = await read(name, content);
    const blank = text.documents.some((document) => !/\S/.test(document)) ? ['a blank document'] : [];
    const stray = text.documents.some((document) => /[\r\0]/.test(document)) ? ['a return or a NUL'] : [];
    return { text, faults: [...(text.documents.length === 0 ? ['no document'] : []), ...blank, ...stray] };
  } catch (error) {
    if (!(error instanceof TextError)) throw error;
    const { message } = error;
    // It begins and ends as a sentence, and lets nothing raw through.
    const isSentence = /^[A-Z“].*[.]$/s.test(message);
    const isRaw = /undefined|NaN|\[object|Error:|SyntaxError|at position/.test(message);
    return { text: undefined, faults: isSentence && !isRaw ? [] : [message] };
  }
}

const NAMES = ['a.txt', 'a.csv', 'a.tsv', 'a.json', 'a.jsonl', 'a'] as const;
const ENDS = ['\n', '\r\n', '\r'] as const;
const word = fc.stringMatching(/^[a-z]{1,8}$/);
const sentence = fc.array(word, { minLength: 4, maxLength: 9 }).map((words) => `${words.join(' ')}.`);
const scraps = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...[
          '"',
          '""',
          ',',
          ';',
          '\t',
          '|',
          '\n',
          '\r\n',
          '\r',
          '{',
          '}',
          '[',
          ']',
          ':',
          'null',
          'NaN',
          '\\',
          '\\u12',
          '\0',
        ],
        ...[
          'sep=;\n',
          '\ufeff',
          'text',
          'id,text\n',
          '{"text":',
          '"a b c d"',
          '<|endoftext|>',
          '\ud83d',
          '🐳',
          'é',
          '__proto__',
        ],
      ),
      sentence,
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));

/** JSON values with fields of every kind, foreign and dangerous names among them. */
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom<unknown>(null, true, 0, -1.5e300, '', ' ', 'a1', 'https://example.org/a'),
    sentence,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.constantFrom(...['text', 'id', 'data', 'rows', 'row', 'messages', 'role', 'content', '__proto__', 'a{b}', '', '0', '1', 'constructor']),
      tie('value'),
      { maxKeys: 5 },
    ),
  ),
})).value; // prettier-ignore

describe('any file', () => {
  it('of random bytes gives text or a sentence', async () => {
    const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Uint8Array.from(array));
    const mostlyText = fc
      .tuple(sentence, fc.uint8Array({ maxLength: 6 }), sentence)
      .map(([a, odd, b]) => Uint8Array.from([...Buffer.from(a), ...odd, ...Buffer.from(b)]));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...NAMES), fc.oneof(bytes, mostlyText), async (name, content) => {
        expect((await outcomeOf(name, content)).faults).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('of scraps of every format gives text or a sentence, and a plain one loses nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...NAMES), scraps, async (name, content) => {
        const { text, faults } = await outcomeOf(name, content);
        expect(faults).toEqual([]);
        const plain = content.replace(/^\ufeff/, '').replaceAll(/\r\n?/g, '\n');
        if (/\.(csv|tsv|jsonl?)$/.test(name) || text === undefined || plain.includes('\0')) return;
        expect(text.documents).toEqual([new TextDecoder().decode(new TextEncoder().encode(plain))]);
      }),
      { numRuns: 500 },
    );
  });

  it('of JSON, whole or cut off, gives text or a sentence', async () => {
    const files = fc.tuple(
      fc.constantFrom('a.json', 'a.jsonl'),
      fc.array(json, { maxLength: 6 }),
      fc.nat(),
      fc.boolean(),
    );
    await fc.assert(
      fc.asyncProperty(files, async ([name, records, cut, isCut]) => {
        const text =
          name === 'a.json' ? JSON.stringify(records) : records.map((record) => JSON.stringify(record)).join('\n');
        const { faults } = await outcomeOf(name, isCut ? text.slice(0, cut % (text.length + 1)) : text);
        expect(faults).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });
});

describe('no silent cut', () => {
  const cell = fc.oneof(
    sentence,
    fc.tuple(sentence, fc.constantFrom(', ', '; ', '\n', ' "q" ', '\t', '|'), sentence).map((p) => p.join('')),
  );

  it('of tables that are written rightly', async () => {
    const tables = fc.record({
      rows: fc.array(cell, { minLength: 1, maxLength: 12 }),
      delimiter: fc.constantFrom(',', ';', '\t', '|'),
      end: fc.constantFrom(...ENDS),
      mark: fc.constantFrom('', '\ufeff'),
      textFirst: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(tables, async ({ rows, delimiter, end, mark, textFirst }) => {
        const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
        const line = (id: string, text: string): string => (textFirst ? [text, id] : [id, text]).join(delimiter);
        const table = [line('id', 'content'), ...rows.map((text, i) => line(`${i}`, quoted(text)))].join(end);
        const { documents, reading } = await read('a.csv', mark + table + end);
        expect(documents).toEqual(rows);
        expect(reading?.remarks).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('of tables whose delimiters are not in quotes: every word is there, and the first such row is named', async () => {
    const rows = fc.array(fc.tuple(sentence, fc.array(sentence, { maxLength: 3 })), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(rows, async (list) => {
        const texts = list.map(([first, more]) => [first, ...more].join(', '));
        const { documents, reading } = await read(
          'a.csv',
          `id,text\n${texts.map((text, i) => `${i},${text}`).join('\n')}`,
        );
        expect(documents).toEqual(texts);
        const firstLong = list.findIndex(([, more]) => more.length > 0);
        const remarks = reading?.remarks.join(' ') ?? '';
        expect(remarks).toMatch(firstLong < 0 ? /^$/ : new RegExp(`Row ${firstLong + 2} `));
      }),
      { numRuns: 200 },
    );
  });

  it('of records: each gives a document or is counted and its line named', async () => {
    const records = fc.array(
      fc.oneof(
        sentence.map((text) => ({ id: 'a1', content: text })),
        sentence.map((text) => ({ url: 'https://a.org/b', TEXT: text })),
        fc.tuple(sentence, sentence).map(([prompt, completion]) => ({ prompt, completion })),
        fc.constant({ id: 'a1', n: 3 }),
      ),
      { minLength: 1, maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(records, async (list) => {
        const text = list.map((record) => JSON.stringify(record)).join('\n');
        const found = await outcomeOf('a.jsonl', text);
        expect(found.faults).toEqual([]);
        const isEmpty = (record: object): boolean => 'n' in record;
        const empty = list.filter(isEmpty).length;
        // A single object without text is read as it stands.
        const isOneObject = list.length === 1 && empty === 1;
        const documents = found.text?.documents.length ?? 0;
        expect(documents).toBe(isOneObject ? documents : list.length - empty);
        if (found.text === undefined || isOneObject) return;
        const remarks = found.text.reading?.remarks.join(' ') ?? '';
        expect(remarks).toMatch(empty === 0 ? /^$/ : new RegExp(`line ${list.findIndex(isEmpty) + 1}\\)`));
      }),
      { numRuns: 200 },
    );
  });
});
