// The choices among kernels that were measured on this device, kept in the browser between visits.
import { openDB } from 'idb';
import type { TunerCache } from '../engine/tuner.ts';

const DATABASE = 'glassbox-tuning';
const STORE = 'choices';

/** Choices of version 1 did not say among which shaders they were made: they go. */
const VERSION = 2;

const database = () =>
  openDB(DATABASE, VERSION, {
    upgrade: (db, former, _, transaction) => {
      // A failure is told by the opening.
      transaction.done.catch(() => {});
      if (former > 0) db.deleteObjectStore(STORE);
      db.createObjectStore(STORE);
    },
  });

/** A browser whose store never answers must not keep the engine waiting: then the device is measured again. */
const PATIENCE_MS = 2000;

function inTime<T>(work: Promise<T>): Promise<T> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(reject, PATIENCE_MS, new Error('The browser’s store does not answer.'));
  });
  return Promise.race([work, late]);
}

export const tuningStore: TunerCache = {
  load: async (adapter) => {
    const db = await inTime(database());
    try {
      const stored: unknown = await db.get(STORE, adapter);
      const entries = typeof stored === 'object' && stored !== null ? Object.entries(stored) : [];
      return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
    } finally {
      db.close();
    }
  },
  save: async (adapter, choices) => {
    const db = await inTime(database());
    try {
      await db.put(STORE, { ...choices }, adapter);
    } finally {
      db.close();
    }
  },
};
