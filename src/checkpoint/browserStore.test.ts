// The store where there is none, as in a page that may not store: every use fails with a sentence, not a crash.
// What it does in a browser is tested there, end to end.
import { describe, expect, it } from 'vitest';
import { BrowserStore, StorageError } from './browserStore.ts';

const SUMMARY = { runId: 'a', name: 'A run', step: 1, steps: 2, loss: 3, savedAtMs: 4, bytes: 5, textId: null };

describe('BrowserStore without IndexedDB', () => {
  it('can be made, and says on each read that the store cannot be read', async () => {
    const store = new BrowserStore();
    for (const read of [store.listRuns(), store.loadRun('a'), store.openRunId(), store.loadText('a')]) {
      await expect(read).rejects.toThrow(StorageError);
      await expect(read).rejects.toThrow(
        /^The browser’s store cannot be read \(.+\)\. Allow this site to store data\.$/,
      );
    }
  });

  it('says on each write how to keep the run', async () => {
    const store = new BrowserStore();
    const text = { name: 'mine.txt', documents: ['a'] };
    for (const write of [
      store.saveRun(SUMMARY, new Uint8Array(3)),
      store.deleteRun('a', null),
      store.saveText('a', text),
    ]) {
      await expect(write).rejects.toThrow(StorageError);
      await expect(write).rejects.toThrow('Save this run as a file to keep it.');
    }
  });

  it('tells a full store from a closed one', async () => {
    const store = new BrowserStore();
    store.refuseWrites = true;
    await expect(store.saveRun(SUMMARY, new Uint8Array(3))).rejects.toThrow(/is full, .* Delete saved runs/);
  });
});
