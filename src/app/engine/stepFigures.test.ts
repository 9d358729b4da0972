// The headline figures of a step, and milliseconds as people compare them.
import { describe, expect, it } from 'vitest';
import type { EngineReport } from '../../protocol/messages.ts';
import { formatMilliseconds } from './formatMilliseconds.ts';
import { stepFigures } from './stepFigures.ts';

const REPORT: EngineReport = {
  problem: null,
  adapter: '',
  features: [],
  precision: 'f32',
  dispatches: [],
  stepFlops: 3e9,
  stepMilliseconds: 4,
  encodeMilliseconds: 0.5,
  tokensPerStep: 512,
  gemmGigaflops: 1000,
  memory: [],
  plannedBytes: 25,
  uncolouredBytes: 100,
  tuned: [],
};

describe('stepFigures', () => {
  it('gives rates by the clock, and shares of the best product and of memory', () => {
    expect(stepFigures(REPORT)).toEqual({
      tokensPerSecond: 128_000,
      gigaflopsPerSecond: 750,
      shareOfBest: 0.75,
      savedMemory: 0.75,
    });
  });

  it('gives nothing for what was not measured', () => {
    const empty = { ...REPORT, stepMilliseconds: 0, uncolouredBytes: 0, plannedBytes: 0 };
    expect(Object.values(stepFigures(empty))).toEqual([null, null, null, null]);
    expect(stepFigures({ ...REPORT, gemmGigaflops: 0 }).shareOfBest).toBeNull();
  });
});

describe('formatMilliseconds', () => {
  it.each([
    [null, '–'],
    [Number.NaN, '–'],
    [0, '0.000'],
    [0.01234, '0.012'],
    [0.99949, '0.999'],
    [0.9996, '1.00'],
    [9.996, '10.0'],
    [12.34, '12.3'],
    [99.96, '100'],
    [1234.5, '1235'],
  ])('%s → %s', (milliseconds, expected) => expect(formatMilliseconds(milliseconds)).toBe(expected));
});
