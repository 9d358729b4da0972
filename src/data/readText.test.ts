// Reading files, pastes and addresses: what is read, and the sentence for everything that cannot be.
import { describe, expect, it } from 'vitest';
import { fetchTextFile } from './fetchText.ts';
import { readFiles, readPaste } from './readText.ts';
import type { ReadingOptions } from './textReading.ts';
import { TextError, type WorkContext } from './textSource.ts';

const MB = 1024 * 1024;

function contextOf(signal: AbortSignal = new AbortController().signal): WorkContext & { fractions: number[] } {
  const fractions: number[] = [];
  return {
    signal,
    fractions,
    onProgress: (fraction) => fractions.push(fraction),
    yieldToEvents: async () => undefined,
  };
}
const bytesFile = (name: string, ...parts: (string | Uint8Array<ArrayBuffer>)[]) => ({ name, file: new Blob(parts) });
const readOne = async (name: string, ...parts: (string | Uint8Array<ArrayBuffer>)[]) =>
  (await readFiles([bytesFile(name, ...parts)], contextOf())).documents;
async function problemOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (error instanceof TextError) return error.message;
    throw error;
  }
  throw new Error('This was expected to fail.');
}

/** A blob that claims a size and cannot be read. */
class UnreadableBlob extends Blob {
  readonly #size: number;
  constructor(size: number) {
    super([]);
    this.#size = size;
  }
  override get size(): number {
    return this.#size;
  }
  override slice(): Blob {
    throw new Error('This blob must not be read.');
  }
  override stream(): never {
    throw new Error('This blob must not be read.');
  }
  override arrayBuffer(): never {
    throw new Error('This blob must not be read.');
  }
  override text(): never {
    throw new Error('This blob must not be read.');
  }
}

describe('readFiles: what is read', () => {
  it('takes one document per plain file and names them', async () => {
    const text = await readFiles(
      [bytesFile('a.txt', 'Once.'), bytesFile('b.md', '# Two'), bytesFile('c', 'Three')],
      contextOf(),
    );
    expect(text).toMatchObject({ name: 'a.txt and 2 more', documents: ['Once.', '# Two', 'Three'] });
    expect((await readFiles([bytesFile('moby.txt', 'Call me')], contextOf())).name).toBe('moby.txt');
  });

  it('leaves out empty files beside others', async () => {
    const text = await readFiles([bytesFile('a.txt', ' \n'), bytesFile('b.txt', 'Two')], contextOf());
    expect(text.documents).toEqual(['Two']);
  });

  it('decodes characters and line ends that the chunks cut apart', async () => {
    // Chunks are 1 MB: the euro sign, the whale and the line end each lie across a boundary.
    const head = 'a'.repeat(MB - 1);
    for (const cut of ['€uro', '🐳 whale', '\r\nline']) {
      expect((await readOne('big.txt', head, cut, 'b'.repeat(MB)))[0]).toBe(
        head + cut.replace('\r\n', '\n') + 'b'.repeat(MB),
      );
    }
    expect(await readOne('t.txt', 'one\r\ntwo\rthree\n\r\nfour\r')).toEqual(['one\ntwo\nthree\n\nfour\n']);
  });

  it('reports progress that only grows and ends at 1', async () => {
    const context = contextOf();
    await readFiles([bytesFile('a.txt', 'a'.repeat(3 * MB)), bytesFile('b.txt', 'b'.repeat(MB))], context);
    expect(context.fractions.length).toBeGreaterThanOrEqual(4);
    expect(context.fractions).toEqual([...context.fractions].sort((a, b) => a - b));
    expect(context.fractions.at(-1)).toBe(1);
  });

  it('stops when cancelled, before or meanwhile', async () => {
    await expect(readFiles([bytesFile('a.txt', 'a')], contextOf(AbortSignal.abort()))).rejects.toThrow(/abort/i);
    const controller = new AbortController();
    const context: WorkContext = { ...contextOf(controller.signal), yieldToEvents: async () => controller.abort() };
    await expect(readFiles([bytesFile('a.txt', 'a'.repeat(3 * MB))], context)).rejects.toThrow(/abort/i);
  });
});

describe('readFiles: what is refused', () => {
  it('no file, and empty ones', async () => {
    expect(await problemOf(() => readFiles([], contextOf()))).toContain('No file');
    expect(await problemOf(() => readOne('a.txt', ''))).toContain('“a.txt” is empty');
    expect(await problemOf(() => readOne('a.txt', ' \r\n\t'))).toContain('“a.txt” is empty');
    expect(await problemOf(() => readOne('a.jsonl', ''))).toContain('“a.jsonl” is empty');
    expect(await problemOf(() => readOne('a.json', ''))).toContain('“a.json” is empty');
    const two = [bytesFile('a.txt', ''), bytesFile('b.txt', ' ')];
    expect(await problemOf(() => readFiles(two, contextOf()))).toContain('Every one of these files is empty');
  });

  it('one that cannot be read any more, by name', async () => {
    for (const reason of ['NotReadableError', 'NotFoundError', 'SecurityError']) {
      const gone = new Blob(['was here']);
      gone.slice = () =>
        Object.assign(new Blob(), { arrayBuffer: async () => Promise.reject(new DOMException('', reason)) });
      expect(await problemOf(() => readFiles([{ name: 'gone.txt', file: gone }], contextOf()))).toContain('“gone.txt”');
    }
  });

  it('a file over 50 MB, with its size, without reading it', async () => {
    const message = await problemOf(() =>
      readFiles([{ name: 'huge.txt', file: new UnreadableBlob(200 * MB) }], contextOf()),
    );
    expect(message).toContain('“huge.txt” has 200 MB');
    expect(message).toContain('up to 50 MB');
    expect(message).toContain('Use a part');
    // Just over is refused and never rounded to "50 MB"; several files count together.
    expect(
      await problemOf(() => readFiles([{ name: 'a', file: new UnreadableBlob(50 * MB + 1) }], contextOf())),
    ).toContain('51 MB');
    const three = [1, 2, 3].map((n) => ({ name: `${n}.txt`, file: new UnreadableBlob(20 * MB) }));
    expect(await problemOf(() => readFiles(three, contextOf()))).toContain('These files together have 60 MB');
  });
});

describe('readFiles: several of which some are no texts', () => {
  const png = bytesFile('b.png', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0]));

  it('reads the others and names those that it leaves out', async () => {
    const text = await readFiles([bytesFile('a.txt', 'One.'), png, bytesFile('c.jsonl', '{oops')], contextOf());
    expect(text.documents).toEqual(['One.']);
    expect(text.reading?.remarks.filter((remark) => /“b\.png”|“c\.jsonl”/.test(remark))).toHaveLength(2);
  });

  it('says of each remark which file it is about', async () => {
    const tables = ['a.csv', 'b.csv'].map((name) => bytesFile(name, 'id,text\n1,One, two\n2,Three four\n'));
    const { reading } = await readFiles(tables, contextOf());
    expect(reading?.remarks.map((remark) => remark.slice(0, 12))).toEqual(['“a.csv”: Row', '“b.csv”: Row']);
  });

  it('says of the first what is wrong if all are', async () => {
    expect(await problemOf(() => readFiles([png, bytesFile('c.jsonl', '{oops')], contextOf()))).toContain('“b.png”');
  });
});

describe('<|endoftext|> in a text', () => {
  const read = async (text: string, options: ReadingOptions = {}) =>
    readFiles([bytesFile('a.txt', text)], contextOf(), options);
  const tales = 'One.\n<|endoftext|>\nTwo.\n\n<|endoftext|>Three <|endoftext|>\n<|endoftext|>';

  it('is counted and left where it is', async () => {
    const { documents, reading } = await read(tales);
    expect(documents).toEqual([tales]);
    expect(reading?.endOfTextMarks).toBe(4);
    expect((await read('none < | endoftext | >')).reading?.endOfTextMarks).toBe(0);
  });

  it('parts documents where a person wants it', async () => {
    const { documents, reading } = await read(tales, { splitAtEndOfText: true });
    expect(documents).toEqual(['One.', 'Two.', 'Three ']);
    expect(reading?.endOfTextMarks).toBe(4);
    expect(reading?.options.splitAtEndOfText).toBe(true);
    expect(readPaste('a<|endoftext|>b', { splitAtEndOfText: true }).documents).toEqual(['a', 'b']);
  });

  it('leaves a text of nothing else empty', async () => {
    expect(await problemOf(() => read('<|endoftext|>\n<|endoftext|>', { splitAtEndOfText: true }))).toContain('empty');
  });

  it('is found in fields of records too', async () => {
    const file = bytesFile('a.jsonl', JSON.stringify({ text: 'a<|endoftext|>b' }));
    expect((await readFiles([file], contextOf())).reading?.endOfTextMarks).toBe(1);
    expect((await readFiles([file], contextOf(), { splitAtEndOfText: true })).documents).toEqual(['a', 'b']);
  });
});

describe('readPaste', () => {
  it('takes the text as one document with plain line ends', () => {
    expect(readPaste('a\r\nb')).toMatchObject({ name: 'Pasted text', documents: ['a\nb'] });
  });

  it('refuses empty, binary and too large texts', async () => {
    expect(await problemOf(() => readPaste(' \n'))).toContain('The pasted text is empty');
    expect(await problemOf(() => readPaste('a\0\0b'))).toContain('binary');
    // 17.5 million characters, but three bytes each.
    expect(await problemOf(() => readPaste('€'.repeat(17.5 * MB)))).toContain('The pasted text has 53 MB');
  });
});

describe('readPaste: a stray NUL', () => {
  it('is dropped with a remark', () => {
    const { documents, reading } = readPaste('a\0b');
    expect(documents).toEqual(['ab']);
    expect(reading?.remarks).toEqual([expect.stringContaining('NUL')]);
  });
});

describe('a text at an address', () => {
  const read = (response: Response | Error, address = 'https://example.org/dir/my%20text.txt?x=1') => {
    const asked: string[] = [];
    const work = fetchTextFile(address, contextOf(), async (url) => {
      asked.push(url);
      if (response instanceof Error) throw response;
      return response;
    }).then((file) => readFiles([file], contextOf()));
    return { work, asked };
  };
  const problem = (response: Response | Error, address?: string): Promise<string> =>
    problemOf(() => read(response, address).work);

  it('reads a text and names it after the address', async () => {
    const { work, asked } = read(new Response('Once\r\nupon', { headers: { 'content-type': 'text/plain' } }));
    expect(await work).toMatchObject({ name: 'my text.txt', documents: ['Once\nupon'] });
    expect(asked).toEqual(['https://example.org/dir/my%20text.txt?x=1']);
    expect((await read(new Response('hello'), 'http://example.org').work).name).toBe('example.org');
  });

  it('reads rows by the ending or the content type', async () => {
    expect((await read(new Response('{"text":"a"}\n"b"'), 'https://e.org/x.jsonl').work).documents).toEqual(['a', 'b']);
    const json = new Response('["a","b"]', { headers: { 'content-type': 'application/json' } });
    expect((await read(json, 'https://e.org/api').work).documents).toEqual(['a', 'b']);
  });

  it('decodes as the server says', async () => {
    const bytes = (...codes: number[]) => new Uint8Array([...Buffer.from('text '), ...codes]);
    const answer = async (charset: string, body: Uint8Array<ArrayBuffer>) => {
      const response = new Response(body, { headers: { 'content-type': `Text/Plain; Charset=${charset}` } });
      const { documents, reading } = await read(response).work;
      return [documents[0], reading?.encodings[0]?.encoding, reading?.encodings[0]?.origin];
    };
    expect(await answer('windows-1251', bytes(0xcc, 0xe8, 0xf0))).toEqual(['text Мир', 'windows-1251', 'declared']);
    expect(await answer('"Shift_JIS"', bytes(0x93, 0xfa, 0x96, 0x7b))).toEqual(['text 日本', 'shift_jis', 'declared']);
    expect(await answer('latin1', bytes(0xfc))).toEqual(['text ü', 'windows-1252', 'declared']);
    // Servers say so of everything; nothing but UTF-8 looks like UTF-8.
    expect(await answer('iso-8859-1', bytes(0xc3, 0xbc))).toEqual(['text ü', 'utf-8', 'valid']);
    expect((await answer('no-such', bytes(0xfc)))[1]).toBe('windows-1252');
  });

  it('refuses what is no http address, without asking', async () => {
    expect(await problem(new Error('asked'), 'not an address')).toContain('“not an address” is not a web address');
    expect(await problem(new Error('asked'), '')).toContain('is not a web address');
    expect(await problem(new Error('asked'), 'ftp://example.org/a')).toContain('“ftp:” cannot be read');
    expect(await problem(new Error('asked'), 'javascript:alert(1)')).toContain('“javascript:” cannot be read');
  });

  it('tells the status of a failure', async () => {
    expect(await problem(new Response('no', { status: 404, statusText: 'Not Found' }))).toContain(
      'example.org answered “404 Not Found”',
    );
    expect(await problem(new Response('', { status: 500 }))).toContain('“500”');
  });

  it('tells of the network or CORS, before and during the answer', async () => {
    const message = await problem(new TypeError('Failed to fetch'));
    expect(message).toContain('does not allow other pages to read it (CORS)');
    expect(message).toContain('Download the file');
    const broken = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode('beginning')),
      pull: (controller) => controller.error(new TypeError('network error')),
    });
    expect(await problem(new Response(broken))).toContain('could not be read');
  });

  it('refuses web pages by type or by content', async () => {
    expect(await problem(new Response('hi', { headers: { 'content-type': 'Text/HTML; charset=utf-8' } }))).toContain(
      'web page (HTML)',
    );
    expect(await problem(new Response('\n <!DOCTYPE html><p>'))).toContain('web page (HTML)');
    expect(await problem(new Response('<html lang="en">'))).toContain('web page (HTML)');
  });

  it('refuses more than 50 MB, announced or not, and stops loading', async () => {
    expect(await problem(new Response('x', { headers: { 'content-length': String(80 * MB) } }))).toContain('has 80 MB');
    let sent = 0;
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        sent += 4;
        controller.enqueue(new Uint8Array(4 * MB).fill(97));
      },
      cancel: () => {
        cancelled = true;
      },
    });
    expect(await problem(new Response(endless))).toContain('has more than 52 MB');
    expect(sent).toBeLessThan(70);
    expect(cancelled).toBe(true);
  });

  it('refuses empty and binary answers', async () => {
    expect(await problem(new Response(''))).toContain('is empty');
    expect(await problem(new Response(null))).toContain('is empty');
    expect(await problem(new Response(new Uint8Array([1, 0, 2])))).toContain('binary');
  });

  it('ends with the reason when cancelled, not with a network sentence', async () => {
    const controller = new AbortController();
    const work = fetchTextFile('https://example.org', contextOf(controller.signal), async () => {
      controller.abort();
      throw new TypeError('aborted');
    });
    await expect(work).rejects.toThrow(/abort/i);
    await expect(work).rejects.not.toBeInstanceOf(TextError);
  });
});
