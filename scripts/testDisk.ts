// A browser's disk for tests: the real store over IndexedDB in memory, empty for each test, with tabs that open and
// close, a disk that is full, and browsers that refuse to store.
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { vi } from 'vitest';
import { BrowserStore } from '../src/checkpoint/browserStore.ts';
import { IndexedPlace } from '../src/checkpoint/indexedPlace.ts';
import type { Table } from '../src/checkpoint/storeRows.ts';
import type { Presence, TabRows } from '../src/checkpoint/tabPresence.ts';
import { yieldToEvents } from '../src/worker/yieldToEvents.ts';

// The disk's turns come by `setImmediate`, which Node lets wait while messages come, and a session's never end.
// A browser's disk waits for no message.
Object.assign(globalThis, { setImmediate: (turn: () => void) => void yieldToEvents().then(turn) });

const openTabs = new Set<string>();
let tabsMade = 0;

/** A tab that is there until it is closed, by a goodbye or a crash alike. */
export class TestTab implements Presence {
  readonly id = `tab-${++tabsMade}`;
  readonly patienceMs = 0;

  async begin(): Promise<void> {
    openTabs.add(this.id);
  }
  async gone(tabs: TabRows): Promise<ReadonlySet<string>> {
    return new Set(tabs.map(([id]) => id).filter((id) => !openTabs.has(id)));
  }
  close(): void {
    openTabs.delete(this.id);
  }
}

/** Puts an empty disk in place of the present one. */
export function emptyDisk(): void {
  globalThis.indexedDB = new IDBFactory();
}

/** The store of a tab of its own on the present disk. */
export const newStore = (tab = new TestTab()): BrowserStore => new BrowserStore(tab);

/** The ids of a table's rows, as they lie on the disk. */
export const keysOnDisk = async (table: Table): Promise<readonly string[]> =>
  (await IndexedPlace.open()).read((rows) => rows.keys(table));

/** From now on nothing that holds more than so many bytes or characters can be written. */
export function limitDisk(bytes: number): void {
  const { prototype } = IDBObjectStore;
  const put = vi.spyOn(prototype, 'put');
  const real = put.getMockImplementation();
  put.mockImplementation(function (this: IDBObjectStore, value: unknown, key) {
    if (JSON.stringify(value).length > bytes) throw new DOMException('The disk is full.', 'QuotaExceededError');
    return real!.call(this, value, key);
  });
}

const REFUSALS = {
  throws: () => {
    throw new DOMException('Denied.', 'SecurityError');
  },
  rejects: (name: string) => {
    const request = new IDBFactory().open(name);
    request.addEventListener('upgradeneeded', () => request.transaction?.abort());
    return request;
  },
  hangs: (): unknown => Reflect.construct(IDBOpenDBRequest, []),
};

/** A browser that keeps nothing, in one of the ways in which browsers do that. @returns counts what is asked of it */
export function denyDisk(how: 'absent' | keyof typeof REFUSALS) {
  const open = vi.fn<(name: string) => unknown>(how === 'absent' ? () => {} : REFUSALS[how]);
  Object.assign(globalThis, { indexedDB: how === 'absent' ? undefined : { open } });
  return open;
}
