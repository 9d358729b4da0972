// The store's rules over IndexedDB and over memory: what stays, what goes, what another tab has open, a full disk, stores
// of older and newer versions, and browsers that keep nothing.
import { openDB } from 'idb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { denyDisk, emptyDisk, keysOnDisk, limitDisk, newStore, TestTab } from '../../scripts/testDisk.ts';
import type { SavedRunSummary } from '../protocol/messages.ts';
import type { BrowserStore } from './browserStore.ts';
import { StorageError } from './storageError.ts';
import { KEPT_RUNS } from './storeRules.ts';

let now = 1000;
const summary = (runId: string, textId: string | null = null): SavedRunSummary => ({
  runId,
  name: `Run ${runId}`,
  step: 1,
  steps: 2,
  loss: 3,
  savedAtMs: ++now,
  bytes: 5,
  textId,
});
const FILE = new Uint8Array([1, 2, 3]);
const text = (content: string) => ({ name: `${content}.txt`, documents: [content] });
const save = (store: BrowserStore, runId: string, textId: string | null = null) =>
  store.saveRun(summary(runId, textId), FILE, textId === null ? undefined : text(textId));
const listed = async (store: BrowserStore) => (await store.listRuns()).map(({ runId }) => runId);
const refusal = async (work: Promise<unknown>): Promise<StorageError> => {
  const error: unknown = await work.then(() => undefined).catch((reason: unknown) => reason);
  if (error instanceof StorageError) return error;
  throw new Error('It was not refused.', { cause: error });
};

beforeEach(() => emptyDisk());
afterEach(() => vi.restoreAllMocks());

describe('what the browser says of its storage', () => {
  const told = async (storage: unknown) => {
    vi.stubGlobal('navigator', { storage });
    const { usageBytes, quotaBytes, persisted } = await newStore().report();
    vi.unstubAllGlobals();
    return { usageBytes, quotaBytes, persisted };
  };
  const nothing = { usageBytes: null, quotaBytes: null, persisted: null };

  it('is reported, and so is that it says nothing or refuses to', async () => {
    const whole = { estimate: async () => ({ usage: 5, quota: 9 }), persisted: async () => true };
    expect(await told(whole)).toEqual({ usageBytes: 5, quotaBytes: 9, persisted: true });
    expect(await told({ ...whole, estimate: async () => ({}) })).toEqual({ ...nothing, persisted: true });
    expect(await told(undefined)).toEqual(nothing);
    const refused = async (): Promise<never> => {
      throw new TypeError('Denied.');
    };
    expect(await told({ ...whole, estimate: refused })).toEqual(nothing);
  });
});

/** The same rules in both places. */
describe.each([
  ['on disk', () => emptyDisk()],
  ['in memory', () => denyDisk('throws')],
])('the store %s', (_, prepare) => {
  let store: BrowserStore;
  beforeEach(() => {
    prepare();
    store = newStore();
  });

  it('keeps runs, newest first, and gives them back as they were', async () => {
    const first = summary('a');
    await store.saveRun(first, FILE);
    await save(store, 'b');
    expect(await listed(store)).toEqual(['b', 'a']);
    expect(await store.loadRun('a')).toEqual({ summary: first, file: FILE });
    expect(await store.loadRun('c')).toBeUndefined();
    expect((await store.reopen())?.summary.runId).toBe('b');
    await store.deleteRun('b');
    expect(await listed(store)).toEqual(['a']);
    expect(await store.loadRun('b')).toBeUndefined();
    expect(await store.reopen()).toBeUndefined();
  });

  it('keeps a text as long as a run needs it', async () => {
    await save(store, 'a', 'foxes');
    await save(store, 'b', 'foxes');
    await store.deleteRun('a');
    expect(await store.loadText('foxes')).toEqual(text('foxes'));
    await store.deleteRun('b');
    expect(await store.loadText('foxes')).toBeUndefined();
  });

  it('keeps the text of the open run, the one read last and the chosen one, though no run in it needs them', async () => {
    await store.claimRun('open', 'of the open run');
    for (const name of ['of the open run', 'chosen', 'read']) {
      await store.saveText(name, text(name));
      if (name === 'chosen') await store.needText('chosen', name);
    }
    await save(store, 'other');
    await store.deleteRun('other');
    for (const name of ['of the open run', 'chosen', 'read']) expect(await store.loadText(name)).toBeDefined();
    await store.needText('chosen', null);
    await store.needText('read', null);
    await store.claimRun('next', null);
    await store.removeUnneeded();
    expect((await store.report()).texts.count).toBe(0);
  });

  it('holds one text at most that was added and neither chosen nor trained on', async () => {
    for (let i = 0; i < 10; i++) await store.saveText(`text ${i}`, text(`text ${i}`));
    expect((await store.report()).texts.count).toBe(1);
    expect(await store.loadText('text 9')).toBeDefined();
  });

  it('puts a run’s text back if it has gone', async () => {
    await save(store, 'a', 'foxes');
    expect(await store.loadText('foxes')).toEqual(text('foxes'));
    expect((await store.report()).texts).toEqual({ count: 1, bytes: 5 });
  });

  it('drops the oldest run beyond the number kept, with the text that only it needed', async () => {
    await save(store, 'old', 'foxes');
    for (let i = 1; i <= KEPT_RUNS; i++) await save(store, `run ${i}`);
    expect(await listed(store)).not.toContain('old');
    expect(await listed(store)).toHaveLength(KEPT_RUNS);
    expect(await store.loadText('foxes')).toBeUndefined();
  });

  it('reports what is kept', async () => {
    await save(store, 'a', 'Füchse');
    await save(store, 'b');
    expect(await store.report()).toMatchObject({
      runs: { count: 2, bytes: 10 },
      texts: { count: 1, bytes: 7 },
      openElsewhere: [],
    });
  });

  it('does all of a write or none of it', async () => {
    await save(store, 'a');
    store.refuseWrites = true;
    await refusal(save(store, 'b'));
    expect(await listed(store)).toEqual(['a']);
  });
});

describe('two tabs', () => {
  let here: BrowserStore;
  let there: BrowserStore;
  let tab: TestTab;
  beforeEach(() => {
    here = newStore();
    tab = new TestTab();
    there = newStore(tab);
  });

  it('never may write the same run', async () => {
    expect(await Promise.all([here.claimRun('a', null), there.claimRun('a', null)])).toEqual([true, false]);
    await save(here, 'a');
    const refused = await refusal(save(there, 'a'));
    expect(refused.message).toContain('Run a');
    expect(refused.message).toContain('another tab');
    expect((await there.report()).openElsewhere).toEqual(['a']);
    expect((await here.report()).openElsewhere).toEqual([]);
    await here.claimRun('b', null);
    expect(await there.claimRun('a', null)).toBe(true);
  });

  it('cannot delete a run from under each other', async () => {
    await there.claimRun('a', null);
    await save(there, 'a', 'foxes');
    expect((await refusal(here.deleteRun('a'))).message).toContain('another tab');
    expect(await listed(here)).toEqual(['a']);
    tab.close();
    await here.deleteRun('a');
    expect(await listed(here)).toEqual([]);
  });

  it('leave each other the texts they have chosen, read and train on', async () => {
    await there.claimRun('new', 'trained on');
    for (const name of ['trained on', 'chosen', 'read']) {
      await there.saveText(name, text(name));
      if (name === 'chosen') await there.needText('chosen', name);
    }
    await save(here, 'a', 'trained on');
    await here.deleteRun('a');
    for (let i = 0; i < KEPT_RUNS + 2; i++) await save(here, `run ${i}`);
    await here.saveText('mine', text('mine'));
    expect(await keysOnDisk('texts')).toEqual(['chosen', 'mine', 'read', 'trained on']);
    tab.close();
    await here.removeUnneeded();
    expect(await keysOnDisk('texts')).toEqual(['mine']);
    expect(await keysOnDisk('textFigures')).toEqual(['mine']);
  });

  it('leave each other’s open runs when the oldest are dropped', async () => {
    await there.claimRun('a', 'foxes');
    await save(there, 'a', 'foxes');
    for (let i = 0; i < KEPT_RUNS + 3; i++) await save(here, `run ${i}`);
    expect(await listed(here)).toContain('a');
    expect(await listed(here)).toHaveLength(KEPT_RUNS);
    expect(await here.loadText('foxes')).toBeDefined();
  });

  it('each reopen their own run when they are loaded again', async () => {
    await there.claimRun('a', null);
    await save(there, 'a');
    await here.claimRun('b', null);
    await save(here, 'b');
    tab.close();
    const again = newStore();
    // The run saved last is open, so it is not this tab's.
    expect((await again.reopen())?.summary.runId).toBe('a');
    await again.claimRun('a', null);
    // Nothing is free: it can only be a copy.
    expect((await newStore().reopen())?.summary.runId).toBe('b');
  });

  it('find out when one that seemed gone had its run taken over, and then writes it no more', async () => {
    await there.claimRun('a', null);
    await save(there, 'a');
    tab.close();
    expect(await here.claimRun('a', null)).toBe(true);
    await save(here, 'a');
    // It was only asleep.
    await tab.begin();
    await refusal(save(there, 'a'));
    await save(here, 'a');
    expect(await listed(here)).toEqual(['a']);
  });
});

describe('a full disk', () => {
  it('loses first what nothing needs, then the write is done after all', async () => {
    const tab = new TestTab();
    const there = newStore(tab);
    await there.saveText('unneeded', text('unneeded'));
    const put = vi.spyOn(IDBObjectStore.prototype, 'put');
    const here = newStore();
    await here.lasting();
    tab.close();
    // Full once, as long as the text is there.
    put.mockImplementationOnce(() => {
      throw new DOMException('The disk is full.', 'QuotaExceededError');
    });
    await save(here, 'a');
    expect(await listed(here)).toEqual(['a']);
    expect(await keysOnDisk('texts')).toEqual([]);
  });

  it('is told with what to do, keeps what there was, and lets runs be deleted', async () => {
    const store = newStore();
    await save(store, 'a');
    limitDisk(500);
    const large = { name: 'large.txt', documents: ['x'.repeat(1000)] };
    const writes = [() => store.saveRun(summary('b'), new Uint8Array(1000)), () => store.saveText('large', large)];
    for (const write of writes) {
      const { message, remedy } = await refusal(write());
      expect(message).toContain('full');
      expect(remedy).toContain('Runs');
    }
    expect(await listed(store)).toEqual(['a']);
    store.refuseWrites = true;
    await store.deleteRun('a');
    expect(await listed(store)).toEqual([]);
  });

  it('is no reason to refuse a run to the tab that wants it', async () => {
    const store = newStore();
    store.refuseWrites = true;
    expect(await store.claimRun('a', null)).toBe(true);
    await expect(store.needText('chosen', 'foxes')).resolves.toBeUndefined();
  });
});

describe('a browser that keeps nothing', () => {
  it.each([
    ['has no IndexedDB', 'absent', 'refused'],
    ['throws on the spot', 'throws', 'refused'],
    ['refuses to open it', 'rejects', 'refused'],
  ] as const)('and %s lets everything work for this visit, and is told once', async (_, how, reason) => {
    denyDisk(how);
    const store = newStore();
    const told = vi.fn<(why: string) => void>();
    store.onNotLasting = told;
    expect(await store.reopen()).toBeUndefined();
    expect(await store.listRuns()).toEqual([]);
    expect(await store.lasting()).toBe(false);
    expect(told).not.toHaveBeenCalled();
    await save(store, 'a', 'foxes');
    await store.saveText('more', text('more'));
    expect(told.mock.calls).toEqual([[reason]]);
    expect(await store.loadRun('a')).toMatchObject({ file: FILE });
    expect(await store.report()).toMatchObject({ noDisk: reason, runs: { count: 1 }, texts: { count: 2 } });
  });

  it('because a newer version of the page has made the store leaves that as it is', async () => {
    const newer = await openDB('glassbox', 99, { upgrade: (db) => void db.createObjectStore('things') });
    newer.close();
    const store = newStore();
    await save(store, 'a');
    expect((await store.report()).noDisk).toBe('newer-page');
    const again = await openDB('glassbox');
    expect([...again.objectStoreNames]).toEqual(['things']);
    again.close();
  });

  it('and never answers is given up', async () => {
    vi.useFakeTimers();
    try {
      const opening = denyDisk('hangs');
      const store = newStore();
      const lasting = store.lasting();
      await vi.advanceTimersByTimeAsync(60_000);
      expect(await lasting).toBe(false);
      expect(await store.report()).toMatchObject({ noDisk: 'silent' });
      expect(opening).toHaveBeenCalledTimes(1);
    } finally {
      vi.useRealTimers();
    }
  });
});

/** A store as version 1 of it was made, with a run, its own text, a text from an address, and one that nothing needs. */
async function versionOne() {
  const database = await openDB('glassbox', 1, {
    upgrade(db) {
      for (const name of ['runs', 'summaries', 'texts', 'settings']) db.createObjectStore(name);
    },
  });
  const runs = [summary('own', '1f2e3d4c-14-1'), summary('fetched', 'url:https://example.org/a.txt'), summary('tales')];
  for (const run of runs) {
    await database.put('runs', { summary: run, file: FILE }, run.runId);
    await database.put('summaries', run, run.runId);
  }
  await database.put('settings', 'tales', 'openRun');
  for (const id of ['1f2e3d4c-14-1', 'url:https://example.org/a.txt', '99-5-1'])
    await database.put('texts', text(id), id);
  return database;
}

describe('a store of version 1', () => {
  it('opens with all that it holds, and keeps what its runs need', async () => {
    (await versionOne()).close();
    const store = newStore();
    expect(await listed(store)).toEqual(['tales', 'fetched', 'own']);
    expect((await store.reopen())?.summary.runId).toBe('tales');
    expect(await store.textFrom('https://example.org/a.txt')).toBe('url:https://example.org/a.txt');
    expect((await store.report()).texts.count).toBe(3);
    await store.removeUnneeded();
    expect(await keysOnDisk('texts')).toEqual(['1f2e3d4c-14-1', 'url:https://example.org/a.txt']);
    expect(await store.loadText('1f2e3d4c-14-1')).toEqual(text('1f2e3d4c-14-1'));
    await store.deleteRun('fetched');
    expect(await keysOnDisk('texts')).toEqual(['1f2e3d4c-14-1']);
  });

  it('that an older tab keeps open is waited for by no one: the visit goes on without it', async () => {
    const older = await versionOne();
    const store = newStore();
    expect(await store.lasting()).toBe(false);
    expect((await store.report()).noDisk).toBe('older-tab');
    await save(store, 'a');
    expect(await listed(store)).toEqual(['a']);
    older.close();
    // The next visit finds the store, and no connection in its way.
    const next = newStore();
    expect(await listed(next)).toEqual(['tales', 'fetched', 'own']);
  });
});

describe('a store that changes under the page', () => {
  it('lets a newer version of the page have it, and says so', async () => {
    const store = newStore();
    await save(store, 'a');
    const newer = await openDB('glassbox', 99);
    const { message, remedy } = await refusal(save(store, 'a'));
    expect(message).toContain('newer version');
    expect(remedy).toContain('reload');
    expect((await refusal(store.listRuns())).message).toBe(message);
    newer.close();
  });

  it('is made again when a person has cleared it', async () => {
    const store = newStore();
    await save(store, 'a', 'foxes');
    await new Promise<void>((resolve, reject) => {
      const deleting = indexedDB.deleteDatabase('glassbox');
      deleting.addEventListener('success', () => resolve());
      deleting.addEventListener('error', () => reject(new Error('It is still there.')));
    });
    expect(await listed(store)).toEqual([]);
    await save(store, 'a', 'foxes');
    expect(await store.loadText('foxes')).toEqual(text('foxes'));
  });

  it('whose connection was lost without a word is connected to again', async () => {
    const store = newStore();
    await save(store, 'a');
    const lost = (): never => {
      throw new DOMException('Connection to Indexed Database server lost.', 'InvalidStateError');
    };
    vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementationOnce(lost);
    expect(await listed(store)).toEqual(['a']);
    vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementationOnce(lost);
    await store.deleteRun('a');
    expect(await listed(store)).toEqual([]);
  });

  it('whose failure is none of these says what the browser said', async () => {
    const store = newStore();
    await store.lasting();
    vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(() => {
      throw new DOMException('Internal error.', 'UnknownError');
    });
    expect((await refusal(store.listRuns())).message).toContain('Internal error.');
    const { message, remedy } = await refusal(save(store, 'a'));
    expect(message).toContain('Internal error.');
    expect(remedy).toContain('file');
  });
});
