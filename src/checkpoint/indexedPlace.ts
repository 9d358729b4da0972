// Rows in IndexedDB: opened, brought up to date from older versions, and given up where a browser refuses it, does not
// answer, or where a tab with an older version of the page keeps it shut.
import { openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction, type StoreNames } from 'idb';
import { measureDocuments } from '../data/textSize.ts';
import type { NoDisk } from '../protocol/messages.ts';
import type { RowPlace, Rows, Table, Tables } from './storeRows.ts';

export const DATABASE = 'glassbox';
const VERSION = 2;
const TABLES = ['runs', 'summaries', 'texts', 'textFigures', 'tabs', 'settings'] as const satisfies readonly Table[];
/** A browser whose store has not opened within this time is taken to have none. */
const OPEN_PATIENCE_MS = 5000;

type Schema = DBSchema & { [T in Table]: { key: string; value: Tables[T] } };

export class NoDiskError extends Error {
  readonly reason: NoDisk;
  constructor(reason: NoDisk) {
    super(`The browser’s store cannot be opened: ${reason}.`);
    this.name = 'NoDiskError';
    this.reason = reason;
  }
}

/** A newer version of the page has changed the store; this one no longer understands it. */
export class OutdatedPageError extends Error {
  constructor() {
    super('A newer version of this page is open in another tab.');
    this.name = 'OutdatedPageError';
  }
}

export class IndexedPlace implements RowPlace {
  readonly lasting = true;
  #database: IDBPDatabase<Schema> | undefined;
  #outdated = false;

  /** @throws NoDiskError */
  static async open(): Promise<IndexedPlace> {
    const place = new IndexedPlace();
    await place.#connect();
    return place;
  }

  async read<T>(work: (rows: Rows) => Promise<T>): Promise<T> {
    return work(rowsOf(await this.#begin('readonly')));
  }

  async write<T>(work: (rows: Rows) => Promise<T>): Promise<T> {
    const transaction = await this.#begin('readwrite');
    // Told below, after what the work itself has to say.
    transaction.done.catch(() => {});
    let result: T;
    try {
      result = await work(rowsOf(transaction));
    } catch (error) {
      abort(transaction);
      throw error;
    }
    await transaction.done;
    return result;
  }

  /** A browser may lose the connection without a word, as one that was asleep does: then there is another one. */
  async #begin<M extends 'readonly' | 'readwrite'>(mode: M): Promise<IDBPTransaction<Schema, typeof TABLES, M>> {
    const database = await this.#connect();
    try {
      return database.transaction(TABLES, mode);
    } catch {
      database.close();
      this.#database = undefined;
      return (await this.#connect()).transaction(TABLES, mode);
    }
  }

  /** The open database; opened again where the browser closed it, as it does when its data are cleared. */
  async #connect(): Promise<IDBPDatabase<Schema>> {
    if (this.#outdated) throw new OutdatedPageError();
    this.#database ??= await openInTime({
      onNewerVersion: (isNewer) => {
        this.#outdated = isNewer;
        this.#database?.close();
        this.#database = undefined;
      },
      onClosed: () => {
        this.#database = undefined;
      },
    });
    return this.#database;
  }
}

interface Watch {
  readonly onNewerVersion: (isNewer: boolean) => void;
  readonly onClosed: () => void;
}

/** @throws NoDiskError */
function openInTime({ onNewerVersion, onClosed }: Watch): Promise<IDBPDatabase<Schema>> {
  return new Promise((resolve, reject) => {
    let given = false;
    const giveUp = (reason: NoDisk): void => {
      clearTimeout(timer);
      given = true;
      reject(new NoDiskError(reason));
    };
    const timer = setTimeout(giveUp, OPEN_PATIENCE_MS, 'silent');
    openDatabase({
      // Much to bring up to date may take longer; it is an answer.
      onUpgrade: () => clearTimeout(timer),
      onBlocked: () => giveUp('older-tab'),
      onNewerVersion,
      onClosed,
    }).then(
      (database) => {
        clearTimeout(timer);
        // Too late: the page has settled for memory, and must not keep another tab from what it wants.
        if (given) database.close();
        else resolve(database);
      },
      (error: unknown) => giveUp(isOfNewerPage(error) ? 'newer-page' : 'refused'),
    );
  });
}

const isOfNewerPage = (error: unknown): boolean => error instanceof DOMException && error.name === 'VersionError';

/** Async, so that a browser that refuses on the spot is one more rejection. */
async function openDatabase(
  watch: Watch & { readonly onUpgrade: () => void; readonly onBlocked: () => void },
): Promise<IDBPDatabase<Schema>> {
  return openDB<Schema>(DATABASE, VERSION, {
    upgrade(database, oldVersion, _, transaction) {
      watch.onUpgrade();
      // What fails is undone as a whole; the store then stays as it was, and the opening fails.
      transaction.done.catch(() => {});
      bringUpToDate(database, oldVersion, transaction).catch(() => abort(transaction));
    },
    blocked: watch.onBlocked,
    blocking: (_, newVersion) => watch.onNewerVersion(newVersion !== null),
    terminated: watch.onClosed,
  });
}

type Upgrade = IDBPTransaction<Schema, StoreNames<Schema>[], 'versionchange'>;
/** Version 1 kept a text from an address under this and the address. */
const ADDRESS_PREFIX = 'url:';

async function bringUpToDate(database: IDBPDatabase<Schema>, oldVersion: number, transaction: Upgrade): Promise<void> {
  for (const table of TABLES) {
    if (!database.objectStoreNames.contains(table)) database.createObjectStore(table);
  }
  if (oldVersion === 1) await listTexts(transaction);
}

/** Version 1 kept texts without figures. */
async function listTexts(transaction: Upgrade): Promise<void> {
  const texts = transaction.objectStore('texts');
  const figures = transaction.objectStore('textFigures');
  for (const id of await texts.getAllKeys()) {
    const text = await texts.get(id);
    if (text === undefined) continue;
    const address = id.startsWith(ADDRESS_PREFIX) ? id.slice(ADDRESS_PREFIX.length) : null;
    await figures.put({ name: text.name, ...measureDocuments(text.documents), address, storedAtMs: 0 }, id);
  }
}

function abort(transaction: { abort(): void }): void {
  try {
    transaction.abort();
  } catch {
    // The browser has ended it already.
  }
}

function rowsOf(transaction: IDBPTransaction<Schema, typeof TABLES, 'readonly' | 'readwrite'>): Rows {
  // Each table of the schema holds what `Tables` says of it; the compiler loses that between a name and its value.
  const get = <T extends Table>(table: T, key: string) =>
    transaction.objectStore(table).get(key) as Promise<Tables[T] | undefined>;
  const getAll = <T extends Table>(table: T) => transaction.objectStore(table).getAll() as Promise<Tables[T][]>;
  return {
    get,
    keys: (table) => transaction.objectStore(table).getAllKeys(),
    entries: async (table) => {
      const [keys, values] = await Promise.all([transaction.objectStore(table).getAllKeys(), getAll(table)]);
      return keys.flatMap((key, i) => {
        const value = values[i];
        return value === undefined ? [] : [[key, value] as const];
      });
    },
    put: async (table, key, value) => {
      await transaction.objectStore(table).put?.(value, key);
    },
    delete: async (table, key) => {
      await transaction.objectStore(table).delete?.(key);
    },
  };
}
