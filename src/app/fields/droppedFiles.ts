// What a drop brings: files, the files of folders, and a sentence for what is neither.
import { inWords } from '../../config/inWords.ts';
import type { Fault, OwnTextFile } from '../../protocol/messages.ts';

/** More files are hardly meant as one text. */
const MOST_FILES = 2000;

/** A drop that cannot be taken, as a fault for the place it was dropped on. */
export class DropError extends Error {
  readonly fault: Fault;
  constructor(message: string, remedy: string) {
    super(message);
    this.name = 'DropError';
    this.fault = { code: 'text', message, remedy };
  }
}

/**
 * The files of a drop, with those of its folders, named by their paths; hidden ones are left out. To be called in the
 * drop's own event, after which the browser tells no more of it.
 * @throws (rejects with) DropError if a folder is empty, too full or unreadable
 */
export async function droppedFiles(transfer: DataTransfer): Promise<OwnTextFile[]> {
  const entries = entriesOf(transfer);
  const files = [...transfer.files];
  if (!entries.some(({ isDirectory }) => isDirectory)) return files.map((file) => ({ name: file.name, file }));
  const found: OwnTextFile[] = [];
  for (const entry of entries) {
    const before = found.length;
    await collect(entry, entry.name, found);
    if (found.length === before)
      throw new DropError(`“${entry.name}” holds no files.`, 'Drop a folder with text files.');
  }
  return found;
}

/** The only file of a drop. @throws DropError if it brings a folder, several files or none */
export function droppedFile(transfer: DataTransfer): File {
  const folder = entriesOf(transfer).find(({ isDirectory }) => isDirectory);
  const remedy = 'Drop the run file itself; its name ends with “.glassbox”.';
  if (folder) throw new DropError(`“${folder.name}” is a folder.`, remedy);
  const [file, ...more] = transfer.files;
  if (file === undefined) throw new DropError('What was dropped is no file.', remedy);
  if (more.length > 0) throw new DropError(`${more.length + 1} files were dropped.`, 'Drop one run file at a time.');
  return file;
}

function entriesOf({ items }: DataTransfer): FileSystemEntry[] {
  return Array.from(items, (item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
}

async function collect(entry: FileSystemEntry, path: string, found: OwnTextFile[]): Promise<void> {
  if (entry.name.startsWith('.')) return;
  if (found.length >= MOST_FILES) {
    throw new DropError(`There are more than ${inWords(MOST_FILES)} files.`, 'Drop a smaller folder.');
  }
  try {
    if (isFile(entry)) {
      found.push({ name: path, file: await new Promise<File>((resolve, reject) => entry.file(resolve, reject)) });
    } else if (isFolder(entry)) {
      for (const inner of await contentsOf(entry)) await collect(inner, `${path}/${inner.name}`, found);
    }
  } catch (error) {
    if (error instanceof DropError) throw error;
    throw new DropError(
      `“${path}” can’t be read.`,
      'Check that it is still there and may be read, then drop it again.',
    );
  }
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;

/** All entries of a folder by name; browsers tell them a hundred at a time. */
async function contentsOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all.sort((a, b) => (a.name < b.name ? -1 : 1));
    all.push(...some);
    if (all.length > MOST_FILES) return all;
  }
}
