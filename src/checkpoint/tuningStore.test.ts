// The remembered choices of kernels, and that a store which never answers keeps nobody waiting.
import { beforeEach, expect, it, vi } from 'vitest';
import { denyDisk, emptyDisk } from '../../scripts/testDisk.ts';
import { tuningStore } from './tuningStore.ts';

beforeEach(() => emptyDisk());

it('keeps the choices of each device by themselves', async () => {
  expect(await tuningStore.load('a')).toEqual({});
  await tuningStore.save('a', { matMul: 'tile' });
  await tuningStore.save('b', { matMul: 'register' });
  expect(await tuningStore.load('a')).toEqual({ matMul: 'tile' });
  expect(await tuningStore.load('b')).toEqual({ matMul: 'register' });
});

it.each(['absent', 'throws', 'hangs'] as const)('refuses in time where a store %s', async (how) => {
  vi.useFakeTimers();
  try {
    denyDisk(how);
    const refused = [tuningStore.load('a'), tuningStore.save('a', {})].map((work) =>
      work.then(
        () => 'kept',
        () => 'refused',
      ),
    );
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await Promise.all(refused)).toEqual(['refused', 'refused']);
  } finally {
    vi.useRealTimers();
  }
});
