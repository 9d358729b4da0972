// The memory of kernel choices in the browser: kept for each device, and rid of what former versions wrote.
import 'fake-indexeddb/auto';
import { openDB } from 'idb';
import { describe, expect, it } from 'vitest';
import { tuningStore } from './tuningStore.ts';

describe('the store of kernel choices', () => {
  it('opens over what version 1 left, which is gone', async () => {
    const old = await openDB('glassbox-tuning', 1, { upgrade: (db) => void db.createObjectStore('choices') });
    await old.put('choices', { 'matMul NN 64x64f32': 'tile8' }, 'a device · 1');
    old.close();
    expect(await tuningStore.load('a device · 1')).toEqual({});
    expect(await tuningStore.load('a device')).toEqual({});
  });

  it('keeps the choices of each device', async () => {
    await tuningStore.save('one', { a: 'x' });
    await tuningStore.save('another', { b: 'y' });
    expect([await tuningStore.load('one'), await tuningStore.load('another')]).toEqual([{ a: 'x' }, { b: 'y' }]);
  });
});
