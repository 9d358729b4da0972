// Records of tables and JSON: which fields are taken, what is told of it, and that nothing is cut unseen.
import { describe, expect, it } from 'vitest';
import { readFiles } from './readText.ts';
import type { ReadingOptions } from './textReading.ts';
import { TextError, type TextDocuments } from './textSource.ts';

const context = {
  signal: new AbortController().signal,
  onProgress: () => undefined,
  yieldToEvents: async () => undefined,
};
const read = (name: string, text: string, options: ReadingOptions = {}): Promise<TextDocuments> =>
  readFiles([{ name, file: new Blob([text]) }], context, options);
const lines = (...records: unknown[]): string => records.map((record) => JSON.stringify(record)).join('\n');
/** What is taken of records, as documents and templates. */
async function taken(name: string, text: string, options: ReadingOptions = {}) {
  const { documents, reading } = await read(name, text, options);
  return { documents, templates: reading?.records?.parts.map(({ template }) => template), reading };
}
async function refusal(name: string, text: string, options: ReadingOptions = {}): Promise<string> {
  const error: unknown = await read(name, text, options).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TextError);
  return error instanceof Error ? error.message : '';
}

const STORY = 'Once upon a time there was a fox.';
const OTHER = 'It was a dark and stormy night.';

describe('the text of records, whatever its field is called', () => {
  it.each<readonly [string, Record<string, unknown>, string]>([
    ['beside an id', { id: 'a1', content: STORY }, '{content}'],
    ['beside an address', { url: 'https://example.org/a', TEXT: STORY }, '{TEXT}'],
    ['beside all that is no text', {
      uuid: '0f8fad5b-d9cb-469f-a165-70867728950e', link: 'http://a.org/b', date: '2024-01-31', stars: 4, ok: true,
      file: 'data/train/001.txt', hash: 'd41d8cd98f00b204e9800998ecf8427e', mail: 'a@b.org', story: STORY,
    }, '{story}'],
    ['beside a title', { title: 'The fox', body: STORY.repeat(3) }, '{body}'],
    ['by evidence alone', { a: 'x17', b: STORY, c: 'en' }, '{b}'],
    ['deep inside', { meta: { id: 7 }, doc: { text: STORY } }, '{doc.text}'],
    ['Alpaca', { instruction: 'Add.', input: '', output: '4' }, '{instruction}\n{input}\n{output}'],
    ['Dolly', { instruction: 'Who?', context: 'Mia came.', response: 'Mia', category: 'qa' }, '{context}\n{instruction}\n{response}'],
    ['prompt and completion', { id: 1, prompt: 'Say hi', completion: 'hi' }, '{prompt}\n{completion}'],
    ['a question with a number for an answer', { question: 'What is 2 + 2?', answer: 4 }, '{question}\n{answer}'],
    ['SQuAD', { id: '5f', title: 'Fox', context: STORY, question: 'Who?', answers: { text: ['a fox'], answer_start: [3] } }, '{context}\n{question}\n{answers.text}'],
    ['chat', { id: 'c1', messages: [{ role: 'user', content: 'Hi' }, { role: 'assistant', content: 'Hello!' }] }, '{messages}'],
    ['ShareGPT', { id: 'c1', conversations: [{ from: 'human', value: 'Hi' }, { from: 'gpt', value: 'Hello!' }] }, '{conversations}'],
    ['chat with a prompt beside it', { prompt: 'Hi', prompt_id: 'f3', messages: [{ role: 'user', content: 'Hi' }] }, '{messages}'],
    ['translation', { translation: { en: 'The fox ran.', fr: 'Le renard courait.' } }, '{translation.en}\n{translation.fr}'],
    ['summary', { article: STORY.repeat(9), highlights: 'A fox.', id: '00af' }, '{article}\n{highlights}'],
    ['preferences', { chosen: 'Human: Hi Assistant: Hello!', rejected: 'Human: Hi Assistant: No, go away from here!' }, '{chosen}'],
  ])('%s', async (_, record, template) => {
    expect((await taken('a.jsonl', lines(record, record, record))).templates).toEqual([template]);
  }); // prettier-ignore

  it('keeps the answers', async () => {
    const records = lines(
      { instruction: 'Add the numbers.', input: '2 and 2', output: 'The sum is 4.' },
      { instruction: 'Say hi.', input: '', output: 'Hi!' },
    );
    expect((await taken('a.jsonl', records)).documents).toEqual([
      'Add the numbers.\n2 and 2\nThe sum is 4.',
      'Say hi.\nHi!',
    ]);
    const chat = { messages: [{ role: 'user', content: 'Hi' }, { role: 'assistant', content: [{ type: 'text', text: 'Hello!' }] }] }; // prettier-ignore
    expect((await taken('a.jsonl', lines(chat))).documents).toEqual(['user: Hi\nassistant: Hello!']);
  });

  it('tells how many of how many records, and what the fields hold', async () => {
    const { reading } = await taken('a.jsonl', lines({ id: 'a1', content: STORY }, { id: 'a2', content: OTHER }));
    expect(reading?.records).toEqual({
      parts: [{ template: '{content}', records: 2 }],
      records: 2,
      fields: [
        { name: 'id', filled: 2, example: 'a1' },
        { name: 'content', filled: 2, example: STORY },
      ],
    });
    expect(reading?.remarks).toEqual([]);
  });

  it('takes records of several kinds each in its own way, and names those without text', async () => {
    const { documents, templates, reading } = await taken(
      'a.jsonl',
      lines({ text: 'One two three.' }, { n: 3, story: STORY }, 'A text itself.', { n: 4 }, { text: ' ' }),
    );
    expect(documents).toEqual(['One two three.', STORY, 'A text itself.']);
    expect(templates).toEqual(['{text}', '{story}']);
    expect(reading?.remarks).toEqual([expect.stringMatching(/2 records .*line 4/)]);
  });

  it('takes names where there is nothing longer, but no identifiers', async () => {
    expect((await taken('a.jsonl', lines({ name: 'emma' }, { name: 'olivia' }))).documents).toEqual(['emma', 'olivia']);
    expect((await taken('names.csv', 'name\nemma\nolivia\n')).documents).toEqual(['emma', 'olivia']);
    expect(await refusal('a.jsonl', lines({ id: 'a1' }, { id: 'a2' }))).toMatch(/No text .*“id”/);
    expect(await refusal('a.json', '[1, 2]')).toContain('No text');
    expect(await refusal('a.json', '[]')).toContain('no records');
  });
});

describe('what a person chooses', () => {
  const records = lines({ id: 'a1', title: 'Fox', body: STORY }, { id: 'a2', title: '', body: OTHER });

  it('is taken, line by line of the template', async () => {
    const { documents, templates } = await taken('a.jsonl', records, { template: '# {title}\n{body}' });
    expect(documents).toEqual([`# Fox\n${STORY}`, OTHER]);
    expect(templates).toEqual(['# {title}\n{body}']);
    expect((await taken('a.jsonl', records, { template: '{id}' })).documents).toEqual(['a1', 'a2']);
  });

  it('must be there', async () => {
    expect(await refusal('a.jsonl', records, { template: '{bodie}' })).toMatch(/“bodie”.*“title”, “body”/);
    expect(await refusal('a.jsonl', records, { template: 'body' })).toContain('no field');
  });

  it('may be nothing but the file as it stands', async () => {
    expect((await taken('a.jsonl', records, { asPlainText: true })).documents).toEqual([records]);
  });

  it('goes for the files that have it', async () => {
    const files = [
      { name: 'a.jsonl', file: new Blob([lines({ a: STORY, b: OTHER })]) },
      { name: 'b.jsonl', file: new Blob([lines({ c: 'Another one here.' })]) },
    ];
    expect((await readFiles(files, context, { template: '{b}' })).documents).toEqual([OTHER, 'Another one here.']);
    await expect(readFiles(files, context, { template: '{d}' })).rejects.toThrow(TextError);
  });
});

describe('JSON in its wrappings', () => {
  const records = [{ id: 'a1', text: 'One two.' }, { id: 'a2', text: 'Three four.' }]; // prettier-ignore
  const documents = ['One two.', 'Three four.'];

  it.each<readonly [string, string]>([
    ['a list', JSON.stringify(records)],
    ['a list of texts', JSON.stringify(documents)],
    ['data', JSON.stringify({ data: records })],
    ['data beside other things', JSON.stringify({ version: '1.0', info: { licence: 'MIT' }, tags: ['x', 'y'], data: records })],
    ['rows of an API', JSON.stringify({
      features: [{ feature_idx: 0, name: 'id', type: { dtype: 'string' } }, { feature_idx: 1, name: 'text', type: {} }],
      rows: records.map((row, row_idx) => ({ row_idx, row, truncated_cells: [] })), num_rows_total: 2, partial: false,
    })],
    ['hits', JSON.stringify({ took: 3, hits: { total: 2, hits: records.map((_source) => ({ _index: 'x', _source })) } })],
    ['by name', JSON.stringify({ a1: records[0], a2: records[1] })],
    ['by column', JSON.stringify({ id: ['a1', 'a2'], text: documents })],
    ['by numbered column', JSON.stringify({ id: { 0: 'a1', 1: 'a2' }, text: { 0: documents[0], 1: documents[1] } })],
    ['split', JSON.stringify({ columns: ['id', 'text'], index: [0, 1], data: [['a1', documents[0]], ['a2', documents[1]]] })],
    ['a list of lists', JSON.stringify([['id', 'text'], ['a1', documents[0]], ['a2', documents[1]]])],
    ['lines', lines(...records)],
    ['pretty', JSON.stringify(records, null, 2)],
    ['NaN as Python writes it', `[{"score": NaN, "text": "One two."}, {"score": -Infinity, "text": "Three four."}]`],
  ])('%s', async (_, json) => {
    expect((await taken('a.json', json)).documents).toEqual(documents);
    expect((await taken('a.jsonl', json)).documents).toEqual(documents);
  }); // prettier-ignore

  it.each<readonly [string, unknown, string[]]>([
    ['a list of chats', [[{ role: 'user', content: 'a b' }, { role: 'assistant', content: 'c' }], [{ role: 'user', content: 'd' }]], ['user: a b\nassistant: c', 'user: d']],
    ['one chat', [{ role: 'user', content: 'a b' }, { role: 'assistant', content: 'c' }], ['user: a b\nassistant: c']],
    ['texts by name', { 'chapter 1': 'Once upon a time.', 'chapter 2': 'The end of it.' }, ['Once upon a time.', 'The end of it.']],
    ['a question with a list of answers', { prompt: 'Hi there', responses: ['Hello', 'Hey'] }, ['Hi there\nHello\nHey']],
    ['a question with choices', { question: 'Which one?', choices: { text: ['a', 'b'], label: ['A', 'B'] }, answer: 'B' }, ['Which one?\nB']],
    ['a notebook', { cells: [{ cell_type: 'markdown', source: ['# Title\n', 'text here'] }, { cell_type: 'code', source: ['print(1)'] }], nbformat: 4 }, ['# Title\ntext here', 'print(1)']],
  ])('%s', async (_, value, expected) => {
    expect((await taken('a.json', JSON.stringify(value))).documents).toEqual(expected);
  }); // prettier-ignore

  it('reads one object by its text, and settings as they stand', async () => {
    expect((await taken('a.json', '{"text": "One"}')).documents).toEqual(['One']);
    const settings = '{"width": 3, "deep": {"on": true}}';
    expect((await taken('a.json', settings)).documents).toEqual([settings]);
  });

  it('names the line that is broken', async () => {
    expect(await refusal('a.jsonl', '{"text":"a"}\n\n{oops\n')).toContain('Line 3 of “a.jsonl”');
    expect(await refusal('a.json', '[1,')).toContain('“a.json” is not valid JSON');
    expect(await refusal('a.json', '{"text":"a b"}\n{"text":\n')).toContain('Line 2');
  });

  it('has one kind of line end inside strings too', async () => {
    expect((await taken('a.jsonl', lines({ text: 'a b\r\nc\rd' }))).documents).toEqual(['a b\nc\nd']);
  });
});

describe('tables', () => {
  it('reads cells in quotes, over lines, with any delimiter and mark', async () => {
    const csv = 'id,Text,more\n1,One two,x\n2,"Two, ""quoted""\r\nover lines",y\n3,"",z\n\n6,Six seven,\n';
    const { documents, reading } = await taken('a.csv', csv);
    expect(documents).toEqual(['One two', 'Two, "quoted"\nover lines', 'Six seven']);
    expect(reading?.remarks).toEqual([expect.stringMatching(/One record .*row 4/)]);
    expect((await taken('a.csv', '\ufefftext;id\r\nA, b;1\r\n')).documents).toEqual(['A, b']);
    expect((await taken('a.csv', '"id","text"\r\n"1","A b"\r\n')).documents).toEqual(['A b']);
    expect((await taken('a.csv', 'sep=;\r\nid;text\r\n1;A, b\r\n')).documents).toEqual(['A, b']);
    expect((await taken('a.tsv', 'id\ttext\n1\t"Hi", she said; then, nothing\n2\tsaid "no\n')).documents).toEqual([
      '"Hi", she said; then, nothing',
      'said "no',
    ]);
    expect((await taken('a.csv', 'id|text\n1|A b\n')).documents).toEqual(['A b']);
  });

  it('keeps what a row has too much of, and names the first', async () => {
    const { documents, reading } = await taken('a.csv', 'id,text\n1,Hello there\n2,I ate pie, cake, and jam\n3,a, b\n');
    expect(documents).toEqual(['Hello there', 'I ate pie, cake, and jam', 'a, b']);
    expect(reading?.remarks).toEqual([expect.stringMatching(/Row 3 has 4 cells.*“text”.*1 more/)]);
    // The text in the middle: what stands behind it stays where it belongs.
    const middle = await taken('b.csv', 'id,text,label\n1,I ate pie, and cake,good\n2,Hello there,bad\n');
    expect(middle.documents).toEqual(['I ate pie, and cake', 'Hello there']);
    const label = await taken('b.csv', 'id,text,label\n1,I ate pie, and cake,good\n', { template: '{text} = {label}' });
    expect(label.documents.join()).toMatch(/pie/);
    expect(label.documents.join()).toMatch(/cake/);
    // One column needs no quotes.
    expect((await taken('c.csv', 'text\nI ate pie, and cake\nNo, thanks\n')).documents).toEqual([
      'I ate pie, and cake',
      'No, thanks',
    ]);
  });

  it('names rows that have too few cells, and ignores empty ones at the end', async () => {
    const { documents, reading } = await taken('a.csv', 'id,text,more\n1,One two,x\n3\n4,Four five,y\n');
    expect(documents).toEqual(['One two', 'Four five']);
    expect(reading?.remarks.join()).toMatch(/Row 3 has only 1 cell/);
    expect((await taken('a.csv', 'id,text\n1,One two,,,\n')).reading?.remarks).toEqual([]);
  });

  it('takes a first row that is no header for a record', async () => {
    const { documents, reading } = await taken('a.csv', `0,"${STORY}"\n1,"${OTHER}"\n`);
    expect(documents).toEqual([STORY, OTHER]);
    expect(reading?.records?.fields.map(({ name }) => name)).toEqual(['column 1', 'column 2']);
    expect(reading?.remarks).toHaveLength(1);
  });

  it('takes prose with commas as it stands', async () => {
    const prose = 'I ate pie, and cake\nThe end of the day\nNothing else was left\n';
    expect((await taken('a.csv', prose)).documents).toEqual([prose]);
    // Cells left out at the end of most rows are no prose.
    expect((await taken('a.csv', 'id,text,note\n1,One two\n2,Three four\n3,Five six,x\n')).documents).toHaveLength(3);
  });

  it('takes the text by evidence, or the table as it stands and says so', async () => {
    expect((await taken('a.csv', `id,url,contents\n1,https://a.org,${STORY}\n`)).documents).toEqual([STORY]);
    const numbers = 'name,age\nMia,3\n';
    const { documents, reading } = await taken('a.csv', numbers);
    expect(documents).toEqual([numbers]);
    expect(reading?.records).toMatchObject({ parts: [], records: 1 });
    expect(reading?.remarks).toHaveLength(1);
    expect((await taken('a.csv', numbers, { template: '{name}' })).documents).toEqual(['Mia']);
  });

  it('looks at so many columns only', async () => {
    const wide = `${'word, '.repeat(50_000)}end\n`;
    const { documents, reading } = await taken('a.csv', wide);
    expect(documents).toEqual([wide]);
    expect(reading?.records?.fields).toHaveLength(200);
  });

  it('refuses what it cannot read rightly', async () => {
    expect(await refusal('a.csv', 'id,text\n0,"a, b"\n1,"open\n2,x')).toMatch(/row 3 of “a.csv” is never closed/);
    expect(await refusal('a.csv', 'id,text\n')).toContain('no rows');
    expect(await refusal('a.csv', 'id,text\n1,\n2,\n')).toContain('“text” is empty');
  });

  it('reads quote marks as characters where every row then fits', async () => {
    const { documents, reading } = await taken('a.csv', 'id,text\n1,"Hello there\n2,The 5" pipe\n');
    expect(documents).toEqual(['"Hello there', 'The 5" pipe']);
    expect(reading?.remarks).toEqual([expect.stringContaining('Row 2')]);
  });
});
