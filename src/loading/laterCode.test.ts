// Nothing is imported while the server is away, so that a browser has no failure to remember, and a later call succeeds.
import { afterEach, expect, it, vi } from 'vitest';
import { later, LaterCodeError } from './laterCode.ts';

afterEach(() => vi.unstubAllGlobals());

it('does not import while the server is away, and does once it is back', async () => {
  const load = vi.fn<() => Promise<number>>(async () => 7);
  vi.stubGlobal('fetch', async () => {
    throw new TypeError('Failed to fetch');
  });
  const refusal = later(load, 'https://example.invalid/assets/engine.js');
  await expect(refusal).rejects.toBeInstanceOf(LaterCodeError);
  await expect(refusal).rejects.toThrow('example.invalid');
  expect(load).not.toHaveBeenCalled();
  vi.stubGlobal('fetch', async () => new Response());
  expect(await later(load, 'https://example.invalid/assets/engine.js')).toBe(7);
});

it('says that code did not come, whatever a browser calls that', async () => {
  let isAway = true;
  const load = async (): Promise<string> => {
    if (isAway) throw new TypeError('Importing a module script failed.');
    return 'here';
  };
  await expect(later(load)).rejects.toBeInstanceOf(LaterCodeError);
  isAway = false;
  expect(await later(load)).toBe('here');
});
