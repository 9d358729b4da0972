// A worker’s death shows by the lock that it held; ending the watch is no death.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { holdLifeLock } from '../worker/lifeLock.ts';
import { whenGone } from './workerLock.ts';

/** Locks as browsers keep them: one holder at a time, the next in the order asked. */
class FakeLocks {
  readonly #lines = new Map<string, (() => void)[]>();
  request(name: string, ...rest: unknown[]): Promise<void> {
    const work = rest.at(-1) as () => unknown;
    const { signal } = (rest.length > 1 ? rest[0] : {}) as { signal?: AbortSignal };
    return new Promise((resolve, reject) => {
      const line = this.#lines.get(name) ?? [];
      this.#lines.set(name, line);
      const enter = (): void => {
        work();
        resolve();
      };
      signal?.addEventListener('abort', () => {
        const place = line.indexOf(enter);
        if (place > 0) line.splice(place, 1);
        reject(new DOMException('Aborted', 'AbortError'));
      });
      line.push(enter);
      if (line.length === 1) enter();
    });
  }
  /** What browsers do when the holder is gone. */
  release(name: string): void {
    const line = this.#lines.get(name) ?? [];
    line.shift();
    line[0]?.();
  }
}

afterEach(() => void vi.unstubAllGlobals());

describe('a lock held for life', () => {
  it('is granted to the page when the worker is gone, and not before', async () => {
    const locks = new FakeLocks();
    vi.stubGlobal('navigator', { locks });
    const name = await holdLifeLock();
    const onGone = vi.fn<() => void>();
    whenGone(name!, onGone);
    expect(onGone).not.toHaveBeenCalled();
    locks.release(name!);
    expect(onGone).toHaveBeenCalledTimes(1);
  });

  it('has another name for each worker', async () => {
    vi.stubGlobal('navigator', { locks: new FakeLocks() });
    expect(new Set([await holdLifeLock(), await holdLifeLock(), await holdLifeLock()]).size).toBe(3);
  });

  it('tells nothing once the watch was ended, as before a worker is ended on purpose', async () => {
    const locks = new FakeLocks();
    vi.stubGlobal('navigator', { locks });
    const name = await holdLifeLock();
    const onGone = vi.fn<() => void>();
    whenGone(name!, onGone)();
    locks.release(name!);
    await Promise.resolve();
    expect(onGone).not.toHaveBeenCalled();
  });

  it('is left out where browsers have none, or refuse them', async () => {
    vi.stubGlobal('navigator', {});
    expect(await holdLifeLock()).toBeNull();
    expect(() => whenGone('any', () => {})()).not.toThrow();
    vi.stubGlobal('navigator', { locks: { request: () => Promise.reject(new DOMException('', 'SecurityError')) } });
    expect(await holdLifeLock()).toBeNull();
  });
});
