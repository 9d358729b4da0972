// Reading files, pastes and addresses: what is read, and the sentence for everything that cannot be.
import { describe, expect, it } from 'vitest';
import { readFiles, readPaste, readUrl } from './readText.ts';
import type { WorkContext } from './textSource.ts';
import { TextError } from './textSource.ts';

const MB = 1024 * 1024;

function contextOf(signal: AbortSignal = new AbortController().signal): WorkContext & { fractions: number[] } {
  const fractions: number[] = [];
  return { signal, fractions, onProgress: (fraction) => fractions.push(fraction), breathe: async () => undefined };
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
    expect(text).toEqual({ name: 'a.txt and 2 more', documents: ['Once.', '# Two', 'Three'] });
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

  it('understands byte order marks of UTF-8 and both UTF-16', async () => {
    const utf16 = (text: string, little: boolean): Uint8Array<ArrayBuffer> => {
      const view = new DataView(new ArrayBuffer(2 * text.length));
      for (let i = 0; i < text.length; i++) view.setUint16(2 * i, text.charCodeAt(i), little);
      return new Uint8Array(view.buffer);
    };
    const text = 'Grüße an 🐳\r\nEnde';
    expect(await readOne('a.txt', new Uint8Array([0xff, 0xfe]), utf16(text, true))).toEqual(['Grüße an 🐳\nEnde']);
    expect(await readOne('a.txt', new Uint8Array([0xfe, 0xff]), utf16(text, false))).toEqual(['Grüße an 🐳\nEnde']);
    expect(await readOne('a.txt', new Uint8Array([0xef, 0xbb, 0xbf]), 'Grüße')).toEqual(['Grüße']);
    expect(await readOne('a.txt', 'a')).toEqual(['a']);
  });

  it('keeps a text with a few broken bytes, marking them', async () => {
    const text = 'A long sentence in an old encoding, with one caf';
    expect(await readOne('old.txt', text, new Uint8Array([0xe9]), '.')).toEqual([`${text}\ufffd.`]);
  });

  it('reads JSON lines: text field, string, or first string field', async () => {
    const lines = [
      '{"id": 1, "title": "no", "text": "One"}',
      '"Two"',
      '',
      '{"n": 3, "story": "Three", "b": "no"}',
      '4',
      '{"text": " "}',
    ];
    expect(await readOne('a.jsonl', lines.join('\r\n'))).toEqual(['One', 'Two', 'Three']);
    expect(await readOne('a.NDJSON', '{"text":"a\\nb"}')).toEqual(['a\nb']);
  });

  it('reads a JSON list by its elements and other JSON as it stands', async () => {
    expect(await readOne('a.json', '["One", {"text": "Two"}, 3]')).toEqual(['One', 'Two']);
    expect(await readOne('a.json', '{"text": "One"}')).toEqual(['{"text": "One"}']);
  });

  it('reads the text column of a CSV, and a CSV without one whole', async () => {
    const csv = 'id,Text,more\n1,One,x\n2,"Two, ""quoted""\nover lines",y\n3\n4,,z\n5,"Five"!,x\n6,Six';
    expect(await readOne('a.csv', csv)).toEqual(['One', 'Two, "quoted"\nover lines', 'Five!', 'Six']);
    expect(await readOne('a.csv', 'text;id\nA, b;1\n')).toEqual(['A, b']);
    expect(await readOne('a.csv', '"id","text"\r\n"1","A"\r\n')).toEqual(['A']);
    expect(await readOne('a.csv', 'name,age\nMia,3\n')).toEqual(['name,age\nMia,3\n']);
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
    const context: WorkContext = { ...contextOf(controller.signal), breathe: async () => controller.abort() };
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
    expect(await problemOf(() => readOne('a.csv', 'id,text\n1,'))).toContain('“a.csv” is empty');
    const two = [bytesFile('a.txt', ''), bytesFile('b.txt', ' ')];
    expect(await problemOf(() => readFiles(two, contextOf()))).toContain('Every one of these files is empty');
  });

  it('binary files: NUL bytes, or bytes that are no UTF-8', async () => {
    expect(await problemOf(() => readOne('a.png', 'PNG', new Uint8Array([0, 1, 2]), 'x'.repeat(500)))).toContain(
      '“a.png” looks like a binary',
    );
    const noise = Uint8Array.from({ length: 5000 }, (_, i) => 1 + ((i * 73 + ((i * i) % 251)) % 255));
    expect(await problemOf(() => readOne('a.bin', noise))).toContain('binary');
    expect(await problemOf(() => readOne('short.bin', new Uint8Array([0x80, 0x81, 0x41, 0x02])))).toContain('binary');
    // A NUL far inside is found as well.
    expect(await problemOf(() => readOne('late.txt', 'a'.repeat(2 * MB), new Uint8Array([0])))).toContain('binary');
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

  it('broken formats, with the place', async () => {
    expect(await problemOf(() => readOne('a.jsonl', '{"text":"a"}\n\n{oops\n'))).toContain('Line 3 of “a.jsonl”');
    expect(await problemOf(() => readOne('a.json', '[1,'))).toContain('“a.json” is not valid JSON');
    expect(await problemOf(() => readOne('a.jsonl', '{"n":1}\n2\n'))).toContain('No text was found in “a.jsonl”');
    expect(await problemOf(() => readOne('a.json', '[1, 2]'))).toContain('No text was found');
    expect(await problemOf(() => readOne('a.csv', 'id,text\n1,"open'))).toContain('never closed');
  });
});

describe('readPaste', () => {
  it('takes the text as one document with plain line ends', () => {
    expect(readPaste('a\r\nb')).toEqual({ name: 'Pasted text', documents: ['a\nb'] });
  });

  it('refuses empty, binary and too large texts', async () => {
    expect(await problemOf(() => readPaste(' \n'))).toContain('The pasted text is empty');
    expect(await problemOf(() => readPaste('a\0b'))).toContain('binary');
    // 17.5 million characters, but three bytes each.
    expect(await problemOf(() => readPaste('€'.repeat(17.5 * MB)))).toContain('The pasted text has 53 MB');
  });
});

describe('readUrl', () => {
  const read = (response: Response | Error, address = 'https://example.org/dir/my%20text.txt?x=1') => {
    const asked: string[] = [];
    const work = readUrl(address, contextOf(), async (url) => {
      asked.push(url);
      if (response instanceof Error) throw response;
      return response;
    });
    return { work, asked };
  };
  const problem = (response: Response | Error, address?: string): Promise<string> =>
    problemOf(() => read(response, address).work);

  it('reads a text and names it after the address', async () => {
    const { work, asked } = read(new Response('Once\r\nupon', { headers: { 'content-type': 'text/plain' } }));
    expect(await work).toEqual({ name: 'my text.txt', documents: ['Once\nupon'] });
    expect(asked).toEqual(['https://example.org/dir/my%20text.txt?x=1']);
    expect((await read(new Response('hello'), 'http://example.org').work).name).toBe('example.org');
  });

  it('reads rows by the ending or the content type', async () => {
    expect((await read(new Response('{"text":"a"}\n"b"'), 'https://e.org/x.jsonl').work).documents).toEqual(['a', 'b']);
    const json = new Response('["a","b"]', { headers: { 'content-type': 'application/json' } });
    expect((await read(json, 'https://e.org/api').work).documents).toEqual(['a', 'b']);
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
    const work = readUrl('https://example.org', contextOf(controller.signal), async () => {
      controller.abort();
      throw new TypeError('aborted');
    });
    await expect(work).rejects.toThrow(/abort/i);
    await expect(work).rejects.not.toBeInstanceOf(TextError);
  });
});
