// Rows in memory, for browsers that keep nothing: the store's rules hold there, too, until the page is closed.
import type { RowPlace, Rows, Table, Tables } from './storeRows.ts';

type Maps = { readonly [T in Table]: Map<string, Tables[T]> };

export class MemoryPlace implements RowPlace {
  readonly lasting = false;
  #maps: Maps = {
    runs: new Map(),
    summaries: new Map(),
    texts: new Map(),
    textFigures: new Map(),
    tabs: new Map(),
    settings: new Map(),
  };
  #writing: Promise<unknown> = Promise.resolve();

  read<T>(work: (rows: Rows) => Promise<T>): Promise<T> {
    return work(rowsOf(this.#maps));
  }

  write<T>(work: (rows: Rows) => Promise<T>): Promise<T> {
    const written = this.#writing.then(async () => {
      const maps = copyOf(this.#maps);
      const result = await work(rowsOf(maps));
      this.#maps = maps;
      return result;
    });
    this.#writing = written.catch(() => {});
    return written;
  }
}

const copyOf = (maps: Maps): Maps => ({
  runs: new Map(maps.runs),
  summaries: new Map(maps.summaries),
  texts: new Map(maps.texts),
  textFigures: new Map(maps.textFigures),
  tabs: new Map(maps.tabs),
  settings: new Map(maps.settings),
});

function rowsOf(maps: Maps): Rows {
  const tableOf = <T extends Table>(table: T): Map<string, Tables[T]> => maps[table];
  return {
    get: async (table, key) => tableOf(table).get(key),
    keys: async (table) => [...maps[table].keys()],
    entries: async (table) => [...tableOf(table)],
    put: async (table, key, value) => void tableOf(table).set(key, value),
    delete: async (table, key) => void maps[table].delete(key),
  };
}
