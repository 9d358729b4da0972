// Drops of files and folders, with the browser's entries played by plain objects.
import { describe, expect, it } from 'vitest';
import { DropError, droppedFile, droppedFiles } from './droppedFiles.ts';

interface Entry {
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  readonly name: string;
}
const fileEntry = (name: string, fails = false) => ({
  isFile: true,
  isDirectory: false,
  name,
  file: (resolve: (file: File) => void, reject: (error: unknown) => void) =>
    fails ? reject(new DOMException('', 'NotFoundError')) : resolve(new File([name], name)),
});
/** Tells its entries two at a time, as browsers tell them a hundred at a time. */
const folder = (name: string, ...inner: Entry[]) => ({
  isFile: false,
  isDirectory: true,
  name,
  createReader: () => {
    const left = [...inner];
    return { readEntries: (resolve: (some: Entry[]) => void) => resolve(left.splice(0, 2)) };
  },
});
/** What a drop event carries, as far as it is read. */
function transferOf(...entries: Entry[]): DataTransfer {
  const files = entries.map(({ name }) => new File([name], name));
  const items = entries.map((entry) => ({ webkitGetAsEntry: () => entry }));
  return Object.assign(Object.create(null), { items, files });
}
const faultOf = async (work: () => unknown): Promise<string> => {
  try {
    await work();
  } catch (error) {
    if (error instanceof DropError) return `${error.fault.message} ${error.fault.remedy}`;
    throw error;
  }
  throw new Error('This was expected to fail.');
};

describe('droppedFiles', () => {
  it('are files by their names, and those of folders by their paths, hidden ones left out', async () => {
    expect((await droppedFiles(transferOf(fileEntry('a.txt'), fileEntry('b.md')))).map(({ name }) => name)).toEqual([
      'a.txt',
      'b.md',
    ]);
    const tree = folder('book', fileEntry('2.txt'), fileEntry('.DS_Store'), fileEntry('1.txt'), folder('more', fileEntry('3.txt')), folder('.git', fileEntry('x'))); // prettier-ignore
    const found = await droppedFiles(transferOf(tree, fileEntry('a.txt')));
    expect(found.map(({ name }) => name)).toEqual(['book/1.txt', 'book/2.txt', 'book/more/3.txt', 'a.txt']);
    expect(await found[0]?.file.text()).toBe('1.txt');
  });

  it('say which folder is empty, unreadable or too full', async () => {
    expect(await faultOf(() => droppedFiles(transferOf(folder('empty'))))).toContain('“empty”');
    expect(await faultOf(() => droppedFiles(transferOf(folder('gone', fileEntry('a.txt', true)))))).toContain(
      '“gone/a.txt”',
    );
    const many = Array.from({ length: 2001 }, (_, i) => fileEntry(`${i}.txt`));
    expect(await faultOf(() => droppedFiles(transferOf(folder('many', ...many))))).toContain('2,000');
  });
});

describe('droppedFile', () => {
  it('is the only one', async () => {
    expect(droppedFile(transferOf(fileEntry('run.glassbox'))).name).toBe('run.glassbox');
    expect(await faultOf(() => droppedFile(transferOf(folder('runs', fileEntry('a')))))).toContain(
      '“runs” is a folder',
    );
    expect(await faultOf(() => droppedFile(transferOf(fileEntry('a'), fileEntry('b'))))).toContain('2 files');
    expect(await faultOf(() => droppedFile(transferOf()))).toContain('no file');
  });
});
