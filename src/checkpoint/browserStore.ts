// The browser's own store (IndexedDB): saved runs as run files, people's texts, and which run was open last.
import { openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction } from 'idb';
import type { TextDocuments } from '../data/textSource.ts';
import type { SavedRunSummary } from '../protocol/messages.ts';

interface Schema extends DBSchema {
  runs: { key: string; value: { summary: SavedRunSummary; file: Uint8Array<ArrayBuffer> } };
  /** The summaries again, so that listing reads no weights. */
  summaries: { key: string; value: SavedRunSummary };
  texts: { key: string; value: TextDocuments };
  settings: { key: string; value: string };
}

const DATABASE = 'glassbox';
const VERSION = 1;
const OPEN_RUN = 'openRun';
/** Older runs beyond this number make room for newer ones. */
export const KEPT_RUNS = 12;

/** The store refused to keep something: `message` says why and what to do. */
export class StorageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StorageError';
  }
}

/** Async, so that a browser that refuses on the spot is one more rejection. */
async function openDatabase(): Promise<IDBPDatabase<Schema>> {
  return openDB<Schema>(DATABASE, VERSION, {
    upgrade(database) {
      for (const name of ['runs', 'summaries', 'texts', 'settings'] as const) database.createObjectStore(name);
    },
  });
}

export class BrowserStore {
  readonly #database: Promise<IDBPDatabase<Schema>>;
  /** Set by the fault drill: writes behave as on a full disk. */
  refuseWrites = false;

  constructor() {
    this.#database = openDatabase();
    // A closed store is reported by the first read or write, where a sentence can be shown.
    this.#database.catch(() => {});
  }

  /** Keeps a run, marks it as the open one, and drops the oldest beyond KEPT_RUNS. @throws StorageError */
  async saveRun(summary: SavedRunSummary, file: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#write(async (database) => {
      const transaction = database.transaction(['runs', 'summaries', 'texts', 'settings'], 'readwrite');
      await transaction.objectStore('runs').put({ summary, file }, summary.runId);
      await transaction.objectStore('summaries').put(summary, summary.runId);
      await transaction.objectStore('settings').put(summary.runId, OPEN_RUN);
      const all = (await transaction.objectStore('summaries').getAll()).sort((a, b) => b.savedAtMs - a.savedAtMs);
      await removeRuns(transaction, all.slice(KEPT_RUNS), all.slice(0, KEPT_RUNS));
      await transaction.done;
    });
  }

  /** @returns the run's file, or undefined if there is none of that id. */
  async loadRun(runId: string): Promise<Uint8Array | undefined> {
    return (await this.#read((database) => database.get('runs', runId)))?.file;
  }

  async openRunId(): Promise<string | undefined> {
    return this.#read((database) => database.get('settings', OPEN_RUN));
  }

  /** Newest first. */
  async listRuns(): Promise<SavedRunSummary[]> {
    const all = await this.#read((database) => database.getAll('summaries'));
    return all.sort((a, b) => b.savedAtMs - a.savedAtMs);
  }

  /** Deletes a run, and its text if no other run is trained on it. @param inUse id of a text to keep all the same */
  async deleteRun(runId: string, inUse: string | null): Promise<void> {
    await this.#write(async (database) => {
      const transaction = database.transaction(['runs', 'summaries', 'texts', 'settings'], 'readwrite');
      const all = await transaction.objectStore('summaries').getAll();
      const others = all.filter((summary) => summary.runId !== runId);
      const gone = all.filter((summary) => summary.runId === runId && summary.textId !== inUse);
      await removeRuns(transaction, gone, others);
      await transaction.objectStore('runs').delete(runId);
      await transaction.objectStore('summaries').delete(runId);
      await transaction.done;
    });
  }

  async saveText(id: string, text: TextDocuments): Promise<void> {
    await this.#write(async (database) => {
      await database.put('texts', text, id);
    });
  }

  async loadText(id: string): Promise<TextDocuments | undefined> {
    return this.#read((database) => database.get('texts', id));
  }

  async #read<T>(work: (database: IDBPDatabase<Schema>) => Promise<T>): Promise<T> {
    try {
      return await work(await this.#database);
    } catch (error) {
      throw new StorageError(`The browser’s store cannot be read (${describe(error)}). Allow this site to store data.`);
    }
  }

  async #write(work: (database: IDBPDatabase<Schema>) => Promise<void>): Promise<void> {
    try {
      if (this.refuseWrites) throw new DOMException('The quota has been exceeded.', 'QuotaExceededError');
      await work(await this.#database);
    } catch (error) {
      const full = error instanceof DOMException && error.name === 'QuotaExceededError';
      throw new StorageError(
        full
          ? 'The browser’s store is full, so this could not be saved. Delete saved runs under Runs, or save this run as a file.'
          : `The browser’s store cannot be written (${describe(error)}). Save this run as a file to keep it.`,
      );
    }
  }
}

type Writing = IDBPTransaction<Schema, ('runs' | 'summaries' | 'texts' | 'settings')[], 'readwrite'>;

/** Removes runs, and the texts that only they are trained on. */
async function removeRuns(
  transaction: Writing,
  gone: readonly SavedRunSummary[],
  kept: readonly SavedRunSummary[],
): Promise<void> {
  for (const { runId, textId } of gone) {
    await transaction.objectStore('runs').delete(runId);
    await transaction.objectStore('summaries').delete(runId);
    if (textId !== null && !kept.some((other) => other.textId === textId)) {
      await transaction.objectStore('texts').delete(textId);
    }
  }
}

const describe = (error: unknown): string => (error instanceof Error ? error.message : String(error));
