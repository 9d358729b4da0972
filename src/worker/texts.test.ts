// Where texts come from and where they are kept, with a store in memory and no network.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MemoryStore, unwatched } from '../../scripts/smallRun.ts';
import type { TextChoice } from '../config/runConfig.ts';
import { builtInText } from '../data/textCatalog.ts';
import { TextError } from '../data/textSource.ts';
import { StorageError } from '../checkpoint/browserStore.ts';
import { suggestedPrompts, TextLibrary } from './texts.ts';

const ADDRESS = 'https://example.org/text.txt';
const atAddress: TextChoice = { kind: 'url', url: ADDRESS };
const paste = (text: string) => ({ kind: 'paste', text }) as const;
/** Answers every address with a text; counts how often it is asked. */
function network(text = 'A text from afar.') {
  const fetched = vi.fn<() => Promise<Response>>(
    async () => new Response(text, { headers: { 'content-type': 'text/plain' } }),
  );
  vi.stubGlobal('fetch', fetched);
  return fetched;
}
afterEach(() => vi.unstubAllGlobals());

describe('TextLibrary', () => {
  it('makes built-in texts, and the same one again without making it', async () => {
    const library = new TextLibrary(new MemoryStore());
    const choice: TextChoice = { kind: 'tales', seed: 1, kilobytes: 4 };
    const text = await library.load(choice, unwatched());
    expect(text.documents.join('').length).toBeGreaterThan(3000);
    expect(await library.load({ ...choice }, unwatched())).toBe(text);
    expect((await library.load({ ...choice, seed: 2 }, unwatched())).documents).not.toEqual(text.documents);
  });

  it('keeps a person’s text under a name of its content, and tells its size', async () => {
    const store = new MemoryStore();
    const library = new TextLibrary(store);
    const { choice, statistics } = await library.import(paste('Zwei Füchse. 🦊'), unwatched());
    expect(choice).toEqual({ kind: 'own', id: expect.any(String), name: 'Pasted text' });
    expect(statistics).toEqual({ name: 'Pasted text', documents: 1, characters: 14, bytes: 18 });
    const again = await library.import(paste('Zwei Füchse. 🦊'), unwatched());
    const other = await library.import(paste('Zwei Füchse. 🐺'), unwatched());
    expect(again.choice).toEqual(choice);
    expect(other.choice).not.toEqual(choice);
    // Another page, the same store.
    expect((await new TextLibrary(store).load(choice, unwatched())).documents).toEqual(['Zwei Füchse. 🦊']);
  });

  it('tells the order and the borders of documents apart', async () => {
    const store = new MemoryStore();
    const library = new TextLibrary(store);
    const documents = [['ab', 'c'], ['a', 'bc'], ['c', 'ab'], ['abc']];
    for (const list of documents) await library.keep({ name: 'x', documents: list });
    expect(store.texts.size).toBe(4);
  });

  it('reads files as documents', async () => {
    const library = new TextLibrary(new MemoryStore());
    const files = [
      { name: 'a.txt', file: new Blob(['One.']) },
      { name: 'b.md', file: new Blob(['Two.']) },
    ];
    const { choice, statistics } = await library.import({ kind: 'files', files }, unwatched());
    expect(statistics).toMatchObject({ name: 'a.txt and 1 more', documents: 2, characters: 8 });
    expect((await library.load(choice, unwatched())).documents).toEqual(['One.', 'Two.']);
  });

  it('says so when the store has forgotten a text, and keeps nothing of a text it refuses', async () => {
    const store = new MemoryStore();
    const library = new TextLibrary(store);
    const gone = library.load({ kind: 'own', id: 'gone', name: 'diary.txt' }, unwatched());
    await expect(gone).rejects.toThrow(TextError);
    await expect(gone).rejects.toThrow('“diary.txt” is not in this browser’s store any more. Add the text again.');
    await expect(library.import(paste('  \n '), unwatched())).rejects.toThrow(TextError);
    await expect(library.import(paste('a\0\0b'), unwatched())).rejects.toThrow('binary');
    expect(store.texts.size).toBe(0);
  });

  it('fetches an address once, then reads it from the store, also after a reload', async () => {
    const fetched = network();
    const store = new MemoryStore();
    const { choice } = await new TextLibrary(store).import({ kind: 'url', url: ` ${ADDRESS}\n` }, unwatched());
    expect(choice).toEqual(atAddress);
    const text = await new TextLibrary(store).load(atAddress, unwatched());
    expect(text.documents).toEqual(['A text from afar.']);
    expect(fetched).toHaveBeenCalledTimes(1);
  });

  it('fetches an address that it has never seen when a link asks for it', async () => {
    const fetched = network();
    const text = await new TextLibrary(new MemoryStore()).load(atAddress, unwatched());
    expect(text.documents).toEqual(['A text from afar.']);
    expect(fetched).toHaveBeenCalledTimes(1);
  });

  it('reads a text kept for an address in place of the one it has at hand', async () => {
    network();
    const library = new TextLibrary(new MemoryStore());
    await library.load(atAddress, unwatched());
    await library.keepForAddress(ADDRESS, { name: 'text.txt', documents: ['As it was then.'] });
    expect((await library.load(atAddress, unwatched())).documents).toEqual(['As it was then.']);
  });

  it('passes the refusal of a full store on', async () => {
    const store = new MemoryStore();
    store.refuseWrites = true;
    await expect(new TextLibrary(store).import(paste('A text.'), unwatched())).rejects.toThrow(StorageError);
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
