// The browser is asked to keep what is stored once, and not before there is something worth keeping.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

const persist = vi.fn<() => Promise<boolean>>(async () => false);
let remembered: Map<string, string>;
/** The page as a new visit finds it. */
async function visit() {
  vi.resetModules();
  return (await import('./keepingRuns.ts')).keepRunOnceWorthIt;
}
beforeEach(() => {
  vi.useFakeTimers();
  remembered = new Map();
  persist.mockClear();
  vi.stubGlobal('navigator', { storage: { persist } });
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => remembered.get(key) ?? null,
    setItem: (key: string, value: string) => remembered.set(key, value),
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('asks once a run has come some way, and never again, on later visits neither', async () => {
  const saved = await visit();
  await saved({ runId: 'a', step: 99 });
  expect(persist).not.toHaveBeenCalled();
  await saved({ runId: 'a', step: 100 });
  await saved({ runId: 'a', step: 200 });
  await (
    await visit()
  )({ runId: 'b', step: 500 });
  expect(persist).toHaveBeenCalledTimes(1);
});

it('asks for a slow run once it has taken a while, each run counted by itself', async () => {
  const saved = await visit();
  await saved({ runId: 'a', step: 1 });
  vi.advanceTimersByTime(59_000);
  await saved({ runId: 'a', step: 2 });
  vi.advanceTimersByTime(30_000);
  await saved({ runId: 'b', step: 1 });
  vi.advanceTimersByTime(59_000);
  await saved({ runId: 'b', step: 2 });
  expect(persist).not.toHaveBeenCalled();
  vi.advanceTimersByTime(2000);
  await saved({ runId: 'b', step: 3 });
  expect(persist).toHaveBeenCalledTimes(1);
});

it.each([
  ['has no such request', {}],
  ['refuses it', { storage: { persist: () => Promise.reject(new Error('Denied.')) } }],
])('does without where the browser %s', async (_, navigator) => {
  vi.stubGlobal('navigator', navigator);
  await expect((await visit())({ runId: 'a', step: 100 })).resolves.toBeUndefined();
});

it('asks once a visit where nothing can be remembered', async () => {
  vi.stubGlobal('localStorage', undefined);
  const saved = await visit();
  await saved({ runId: 'a', step: 100 });
  await saved({ runId: 'a', step: 101 });
  expect(persist).toHaveBeenCalledTimes(1);
});
