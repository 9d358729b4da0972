// A backend's speed, measured on a real clock, a rounded one and one that stands still.
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../scripts/testBackend.ts';
import { heldMemory } from './backends.ts';
import { measureGigaflops, measureOperationSeconds } from './deviceRate.ts';

const exact = (): number => performance.now();
const rounded = (): number => Math.floor(performance.now() / 100) * 100;

beforeAll(() => useBackend('wasm'));

describe.each([measureGigaflops, measureOperationSeconds])('%o', (measure) => {
  it.each([exact, rounded])('is positive and finite, and leaves no tensor behind (%o)', async (now) => {
    const before = heldMemory();
    const measured = await measure(now);
    expect(measured > 0 && Number.isFinite(measured)).toBe(true);
    expect(heldMemory()).toEqual(before);
  });

  it('is 0, not known, on a clock that stands still', async () => {
    expect(await measure(() => 5)).toBe(0);
  });
});
