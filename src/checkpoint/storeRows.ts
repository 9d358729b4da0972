// What the browser's store keeps, as rows of tables. Where they lie is a `RowPlace`: on disk (`indexedPlace.ts`) or,
// where a browser keeps nothing, in memory (`memoryPlace.ts`). The rules about them are `browserStore.ts`.
import type { TextDocuments } from '../data/textSource.ts';
import type { SavedRunSummary } from '../protocol/messages.ts';

/** What is listed of a text without reading it. */
export interface TextFigures {
  readonly name: string;
  /** UTF-8 bytes. */
  readonly bytes: number;
  readonly characters: number;
  /** Where it was fetched; null for a text from a file or the clipboard. */
  readonly address: string | null;
  readonly storedAtMs: number;
}

/** What one tab needs, so that no other tab removes it. */
export interface TabRow {
  /** The run that this tab alone may write. */
  readonly runId: string | null;
  /** Ids of texts. */
  readonly texts: readonly string[];
  readonly seenAtMs: number;
}

export interface Tables {
  /** By run id. */
  runs: { summary: SavedRunSummary; file: Uint8Array<ArrayBuffer> };
  /** The summaries again, so that listing reads no weights. */
  summaries: SavedRunSummary;
  /** By the hash of their content; older stores used other ids. */
  texts: TextDocuments;
  textFigures: TextFigures;
  /** By the id of a tab's worker. */
  tabs: TabRow;
  settings: string;
}
export type Table = keyof Tables;

export interface Rows {
  get<T extends Table>(table: T, key: string): Promise<Tables[T] | undefined>;
  keys(table: Table): Promise<readonly string[]>;
  entries<T extends Table>(table: T): Promise<readonly (readonly [string, Tables[T]])[]>;
  put<T extends Table>(table: T, key: string, value: Tables[T]): Promise<void>;
  delete(table: Table, key: string): Promise<void>;
}

export interface RowPlace {
  /** False where rows last until the page is closed. */
  readonly lasting: boolean;
  /** @throws whatever the browser says, also while it reads */
  read<T>(work: (rows: Rows) => Promise<T>): Promise<T>;
  /** All of the work is done or none of it, and no other tab writes meanwhile. `work` awaits nothing but rows. */
  write<T>(work: (rows: Rows) => Promise<T>): Promise<T>;
}
