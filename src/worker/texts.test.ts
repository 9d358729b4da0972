// Where texts come from and where they are kept: the real store on a disk in memory, and no network.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { unwatched } from '../../scripts/smallRun.ts';
import { emptyDisk, keysOnDisk, newStore } from '../../scripts/testDisk.ts';
import { DEFAULT_CONFIG, type TextChoice } from '../config/runConfig.ts';
import { builtInText } from '../data/textCatalog.ts';
import { TextError } from '../data/textSource.ts';
import { StorageError } from '../checkpoint/storageError.ts';
import { textId } from './textId.ts';
import { suggestedPrompts, TextLibrary, withStoredText } from './texts.ts';

const ADDRESS = 'https://example.org/text.txt';
const atAddress: TextChoice = { kind: 'url', url: ADDRESS };
const fetching = { kind: 'url', url: ADDRESS } as const;
const paste = (text: string) => ({ kind: 'paste', text }) as const;
/** Answers every address with a text; counts how often it is asked. */
function network(text = 'A text from afar.') {
  vi.setSystemTime(Date.now() + 1000);
  const fetched = vi.fn<(url: string, init: RequestInit) => Promise<Response>>(
    async () => new Response(text, { headers: { 'content-type': 'text/plain' } }),
  );
  vi.stubGlobal('fetch', fetched);
  return fetched;
}
const textsOnDisk = () => keysOnDisk('texts');
beforeEach(() => {
  emptyDisk();
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('TextLibrary', () => {
  it('makes built-in texts, and the same one again without making it', async () => {
    const library = new TextLibrary(newStore());
    const choice: TextChoice = { kind: 'tales', seed: 1, kilobytes: 4 };
    const { text } = await library.load(choice, unwatched());
    expect(text.documents.join('').length).toBeGreaterThan(3000);
    expect((await library.load({ ...choice }, unwatched())).text).toBe(text);
    expect((await library.load({ ...choice, seed: 2 }, unwatched())).text.documents).not.toEqual(text.documents);
  });

  it('keeps a text of one’s own under the hash of its content, and tells its size', async () => {
    const library = new TextLibrary(newStore());
    const { choice, statistics } = await library.import(paste('Zwei Füchse. 🦊'), unwatched());
    // SHA-256 of the document as a line of JSON, as any other program computes it.
    const id = 'sha256-b723b4a58fee15282f46bfb50b343a24743dcf93b4e1cca57834402ecea2dae4';
    expect(choice).toEqual({ kind: 'own', id, name: 'Pasted text' });
    expect(statistics).toEqual({ name: 'Pasted text', documents: 1, characters: 14, bytes: 18 });
    const again = await library.import(paste('Zwei Füchse. 🦊'), unwatched());
    const other = await library.import(paste('Zwei Füchse. 🐺'), unwatched());
    expect(again.choice).toEqual(choice);
    expect(other.choice).not.toEqual(choice);
    // Another page, the same disk.
    const { text } = await new TextLibrary(newStore()).load(other.choice, unwatched());
    expect(text.documents).toEqual(['Zwei Füchse. 🐺']);
  });

  it('tells the order, the borders and the halves of characters apart', () => {
    const lists = [
      ['ab', 'c'],
      ['a', 'bc'],
      ['c', 'ab'],
      ['abc'],
      ['ab\nc'],
      ['\ud800'],
      ['\ud801'],
      [''],
      [],
      ['', ''],
    ];
    expect(new Set(lists.map((documents) => textId(documents))).size).toBe(lists.length);
  });

  it('gives one content that was added under two names the name of each', async () => {
    const library = new TextLibrary(newStore());
    const file = new Blob(['One.']);
    const first = await library.import({ kind: 'files', files: [{ name: 'a.txt', file }] }, unwatched());
    const second = await library.import({ kind: 'files', files: [{ name: 'b.txt', file }] }, unwatched());
    expect((await library.load(first.choice, unwatched())).text.name).toBe('a.txt');
    expect((await library.load(second.choice, unwatched())).text.name).toBe('b.txt');
    expect(await textsOnDisk()).toHaveLength(1);
  });

  it('reads files as documents', async () => {
    const library = new TextLibrary(newStore());
    const files = [
      { name: 'a.txt', file: new Blob(['One.']) },
      { name: 'b.md', file: new Blob(['Two.']) },
    ];
    const { choice, statistics } = await library.import({ kind: 'files', files }, unwatched());
    expect(statistics).toMatchObject({ name: 'a.txt and 1 more', documents: 2, characters: 8 });
    expect((await library.load(choice, unwatched())).text.documents).toEqual(['One.', 'Two.']);
  });

  it('says so when the store has forgotten a text, and keeps nothing of a text it refuses', async () => {
    const library = new TextLibrary(newStore());
    const gone = library.load({ kind: 'own', id: 'gone', name: 'diary.txt' }, unwatched());
    await expect(gone).rejects.toThrow(TextError);
    await expect(gone).rejects.toThrow('diary.txt');
    await expect(library.import(paste('  \n '), unwatched())).rejects.toThrow(TextError);
    await expect(library.import(paste('a\0\0b'), unwatched())).rejects.toThrow('binary');
    expect(await textsOnDisk()).toEqual([]);
  });

  it('passes the refusal of a full store on', async () => {
    const store = newStore();
    store.refuseWrites = true;
    await expect(new TextLibrary(store).import(paste('A text.'), unwatched())).rejects.toThrow(StorageError);
  });
});

describe('a text from an address', () => {
  it('is fetched once, then read from the store, also after a reload', async () => {
    const fetched = network();
    const { choice } = await new TextLibrary(newStore()).import({ kind: 'url', url: ` ${ADDRESS}\n` }, unwatched());
    expect(choice).toEqual({ ...atAddress, id: textId(['A text from afar.']) });
    // A link names the address alone.
    const found = await new TextLibrary(newStore()).load(atAddress, unwatched());
    expect(found).toMatchObject({ choice, text: { name: 'text.txt', documents: ['A text from afar.'] } });
    expect(fetched).toHaveBeenCalledTimes(1);
  });

  it('is fetched when a link asks for one that was never seen', async () => {
    const fetched = network();
    const { text } = await new TextLibrary(newStore()).load(atAddress, unwatched());
    expect(text.documents).toEqual(['A text from afar.']);
    expect(fetched).toHaveBeenCalledTimes(1);
  });

  it('is read anew when it is asked for, past what the browser remembers, and says whether it has changed', async () => {
    const fetched = network();
    const library = new TextLibrary(newStore());
    const first = await library.import(fetching, unwatched());
    expect(first).not.toHaveProperty('sinceLastFetch');
    expect(fetched.mock.calls[0]?.[1]).toMatchObject({ cache: 'no-cache' });
    const second = await library.import(fetching, unwatched());
    expect(second).toMatchObject({ choice: first.choice, sinceLastFetch: 'same' });
    network('Another text by now.');
    const third = await library.import(fetching, unwatched());
    expect(third).toMatchObject({ sinceLastFetch: 'changed' });
    expect(third.choice).not.toEqual(first.choice);
    expect((await library.load(third.choice, unwatched())).text.documents).toEqual(['Another text by now.']);
  });

  it('stays as it was for what names it, though the address holds another one now', async () => {
    network();
    const store = newStore();
    const library = new TextLibrary(store);
    const { choice } = await library.import(fetching, unwatched());
    await store.needText('chosen', textId(['A text from afar.']));
    network('Another text by now.');
    await library.import(fetching, unwatched());
    // Whoever names only the address gets the newest.
    expect((await library.load(atAddress, unwatched())).text.documents).toEqual(['Another text by now.']);
    expect((await library.load(choice, unwatched())).text.documents).toEqual(['A text from afar.']);
  });

  it('is never replaced by another one for what names it, nor fetched unasked for a saved run', async () => {
    const fetched = network();
    const library = new TextLibrary(newStore());
    const exact: TextChoice = { ...atAddress, id: textId(['As it was then.']) };
    await library.import(fetching, unwatched());
    expect(fetched).toHaveBeenCalledTimes(1);
    await expect(library.load(exact, unwatched())).rejects.toThrow(ADDRESS);
    emptyDisk();
    const saved = new TextLibrary(newStore()).load(atAddress, unwatched(), { mayFetch: false });
    await expect(saved).rejects.toThrow(ADDRESS);
    expect(fetched).toHaveBeenCalledTimes(1);
  });

  it('that a file brings along is at hand in place of the stored one, and on no disk until it is kept', async () => {
    network();
    const library = new TextLibrary(newStore());
    await library.load(atAddress, unwatched());
    const text = { name: 'text.txt', documents: ['As it was then.'] };
    const choice = library.lend(atAddress, text);
    expect((await library.load(choice, unwatched(), { mayFetch: false })).text).toBe(text);
    expect(await textsOnDisk()).not.toContain(textId(text.documents));
    await library.keep(choice, text);
    expect(await textsOnDisk()).toContain(textId(text.documents));
    // Whoever names only the address does not get what a file says of it.
    expect((await library.load(atAddress, unwatched())).text.documents).toEqual(['A text from afar.']);
  });

  it('that an older version has kept is found by the run that was trained on it', async () => {
    const store = newStore();
    await store.saveText(`url:${ADDRESS}`, { name: 'text.txt', documents: ['From of old.'] }, ADDRESS);
    const summary = { runId: 'a', name: 'A', step: 1, steps: 2, loss: 3, savedAtMs: 4, bytes: 5 };
    const old = { ...DEFAULT_CONFIG, text: atAddress };
    const config = withStoredText(old, { ...summary, textId: `url:${ADDRESS}` });
    expect(config.text).toEqual({ ...atAddress, id: `url:${ADDRESS}` });
    expect(withStoredText(DEFAULT_CONFIG, { ...summary, textId: null })).toBe(DEFAULT_CONFIG);
    network('Another text by now.');
    const library = new TextLibrary(store);
    await store.needText('chosen', `url:${ADDRESS}`);
    expect(await library.import(fetching, unwatched())).toMatchObject({ sinceLastFetch: 'changed' });
    expect((await library.load(config.text, unwatched())).text.documents).toEqual(['From of old.']);
  });
});

describe('suggestedPrompts', () => {
  const own: TextChoice = { kind: 'own', id: '1', name: 'x' };

  it('are the catalogue’s for a built-in text', () => {
    const prompts = suggestedPrompts({ kind: 'arithmetic', seed: 1, kilobytes: 1 }, ['whatever']);
    expect(prompts).toEqual(builtInText('arithmetic')?.suggestedPrompts);
  });

  it('are the first words of the first documents, each once', () => {
    const documents = ['  Call me Ishmael. Some years ago', 'It\nwas the best', 'Call me Ishmael.', 'Fourth', 'Fifth'];
    expect(suggestedPrompts(own, documents)).toEqual(['Call me Ishmael.', 'It\nwas the', 'Fourth']);
  });

  it('never end within a character', () => {
    const foxes = `a${'🦊'.repeat(300)}`;
    const [prompt = ''] = suggestedPrompts(own, [foxes]);
    expect(prompt).toBe(`a${'🦊'.repeat(39)}`);
    for (const spaces of [395, 396, 397, 398, 399]) {
      for (const found of suggestedPrompts(own, [' '.repeat(spaces) + foxes]))
        expect(found).not.toMatch(/\p{Surrogate}/u);
    }
  });

  it('are at least one', () => {
    expect(suggestedPrompts(own, [])).toEqual([' ']);
    expect(suggestedPrompts(own, ['   '])).toEqual([' ']);
  });
});
