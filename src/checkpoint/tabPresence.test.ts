// Which tabs are still there, told by locks where a browser has them, by a heartbeat where it has none or refuses them.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TabRow } from './storeRows.ts';
import { BEAT_MS, SILENCE_MS, TabPresence } from './tabPresence.ts';

/** A browser's locks, as far as presence needs them; what a tab holds is gone when it dies. */
class Locks {
  readonly held = new Set<string>();
  request = async (name: string, ...rest: unknown[]): Promise<never> => {
    this.held.add(name);
    const hold = rest.at(-1);
    if (typeof hold === 'function') hold(null);
    return new Promise(() => {});
  };
  query = async () => ({ held: [...this.held].map((name) => ({ name })), pending: [] });
}
const row = (seenAtMs: number): TabRow => ({ runId: null, texts: [], seenAtMs });
const begun = async (presence: TabPresence, beat = () => {}): Promise<TabPresence> => {
  await presence.begin(beat);
  return presence;
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('with locks', () => {
  it('a tab is there as long as its lock, however long it is silent, and gone with it', async () => {
    const locks = new Locks();
    const beat = vi.fn<() => void>();
    const here = await begun(new TabPresence(locks), beat);
    const there = await begun(new TabPresence(locks));
    expect(there.id).not.toBe(here.id);
    const tabs = [[here.id, row(0)] as const, [there.id, row(0)] as const, ['long ago', row(0)] as const];
    await vi.advanceTimersByTimeAsync(10 * SILENCE_MS);
    expect(await here.gone(tabs)).toEqual(new Set(['long ago']));
    locks.held.delete([...locks.held].find((name) => name.endsWith(there.id))!);
    expect(await here.gone(tabs)).toEqual(new Set(['long ago', there.id]));
    expect(beat).not.toHaveBeenCalled();
  });

  it('nobody is taken for gone where the browser does not say', async () => {
    const locks = new Locks();
    const here = await begun(new TabPresence(locks));
    locks.query = async () => {
      throw new DOMException('Denied.', 'SecurityError');
    };
    expect(await here.gone([['there', row(0)]])).toEqual(new Set());
  });
});

describe.each([
  ['none', undefined],
  ['some that never answer', { request: () => new Promise<never>(() => {}), query: new Locks().query }],
  ['some that it refuses', { request: () => Promise.reject(new DOMException('Denied.')), query: new Locks().query }],
])('with %s', (_, locks) => {
  it('a tab is there as long as its heart beats', async () => {
    const beat = vi.fn<() => void>();
    const here = new TabPresence(locks);
    const begins = here.begin(beat);
    await vi.advanceTimersByTimeAsync(2 * BEAT_MS);
    await begins;
    beat.mockClear();
    await vi.advanceTimersByTimeAsync(3 * BEAT_MS);
    expect(beat).toHaveBeenCalledTimes(3);
    const now = Date.now();
    const tabs = [
      [here.id, row(0)],
      ['beating', row(now - BEAT_MS)],
      ['busy', row(now - SILENCE_MS)],
      ['silent', row(now - SILENCE_MS - 1)],
    ] as const;
    expect(await here.gone(tabs)).toEqual(new Set(['silent']));
    // A page that was loaded again waits so long for what it was before to be known as gone.
    expect(here.patienceMs).toBeGreaterThan(SILENCE_MS);
  });
});
