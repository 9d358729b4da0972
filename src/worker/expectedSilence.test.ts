// What the page is told of silences to come: the longest of those expected at present, each change once.
import { describe, expect, it } from 'vitest';
import { smallConfig } from '../../scripts/smallRun.ts';
import { askingMs, ExpectedSilence, makingMs, runSilenceMs } from './expectedSilence.ts';

const WASM = { gigaflopsPerSecond: 5, secondsPerOperation: 1e-5, engine: 'eager' } as const;
const GPU = { ...WASM, engine: 'plan' } as const;
const SMALL = smallConfig();
const LARGE = smallConfig(
  { batchSize: 8 },
  { model: { ...SMALL.model, nLayer: 12, nHead: 12, nEmbd: 768, contextLength: 1024 } },
);

describe('what is told', () => {
  it('is the longest silence expected, when that changes', async () => {
    const told: number[] = [];
    const silence = new ExpectedSilence((ms) => void told.push(ms));
    const end = silence.expect(3000);
    const endShorter = silence.expect(1000);
    const longer = silence.expect(5000.5);
    longer();
    end();
    endShorter();
    expect(told).toEqual([3000, 5001, 3000, 1000, 0]);
  });

  it('is nothing where a silence would not be noticed', () => {
    const told: number[] = [];
    const silence = new ExpectedSilence((ms) => void told.push(ms));
    silence.expect(50)();
    expect(told).toEqual([]);
  });

  it('ends with the work, also with one that fails', async () => {
    const told: number[] = [];
    const silence = new ExpectedSilence((ms) => void told.push(ms));
    expect(await silence.during(1000, async () => told.length)).toBe(1);
    await expect(silence.during(1000, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(told).toEqual([1000, 0, 1000, 0]);
  });
});

describe('what is expected', () => {
  it('of a small run is nothing to speak of', () => {
    for (const speed of [WASM, GPU]) {
      expect(runSilenceMs(SMALL, 60, speed)).toBeLessThan(50);
      expect(askingMs(SMALL, 60, speed, 8)).toBeLessThan(100);
    }
    expect(makingMs(SMALL, 60)).toBeLessThan(50);
  });

  it('of a large one on a processor is its step; on a GPU only its files', () => {
    // 6 · parameters · tokens at a fourth of 5 GFLOP/s: some minutes.
    expect(runSilenceMs(LARGE, 50_257, WASM)).toBeGreaterThan(10 * 60_000);
    expect(runSilenceMs(LARGE, 50_257, GPU)).toBeLessThan(10_000);
    expect(askingMs(LARGE, 50_257, WASM, 8)).toBeGreaterThan(runSilenceMs(LARGE, 50_257, WASM) - 1);
    expect(makingMs(LARGE, 50_257)).toBeGreaterThan(1000);
  });

  it('of a device of unknown speed, or of a step without end, is long but not for ever', () => {
    const unknown = runSilenceMs(SMALL, 60, { ...WASM, gigaflopsPerSecond: 0 });
    expect(unknown).toBeGreaterThanOrEqual(60_000);
    expect(runSilenceMs(LARGE, 50_257, { ...WASM, gigaflopsPerSecond: 1e-6 })).toBeLessThan(3_600_000);
  });
});
