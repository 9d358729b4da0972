// Tests of the smoothing.
import { describe, expect, it } from 'vitest';
import { exponentialMovingAverage } from './exponentialMovingAverage.ts';

describe('exponentialMovingAverage', () => {
  it('starts at the first value instead of being pulled towards zero', () => {
    expect(exponentialMovingAverage([7, 7, 7], 0.98)[0]).toBeCloseTo(7, 12);
  });

  it('leaves a constant series as it is and memory 0 every series', () => {
    expect([...exponentialMovingAverage([3, 3, 3, 3], 0.9)].every((value) => Math.abs(value - 3) < 1e-12)).toBe(true);
    expect([...exponentialMovingAverage([5, 1, 4], 0)]).toEqual([5, 1, 4]);
  });

  it('weights the past by powers of the memory', () => {
    const [, second] = exponentialMovingAverage([4, 1], 0.5);
    expect(second).toBeCloseTo((0.5 * 4 + 1) / 1.5, 12);
  });

  it('skips values that are not finite without losing the average', () => {
    const smoothed = exponentialMovingAverage([2, Number.NaN, 2, Number.POSITIVE_INFINITY, 2], 0.9);
    expect([...smoothed].map((value) => Number.isNaN(value))).toEqual([false, true, false, true, false]);
    expect(smoothed[4]).toBeCloseTo(2, 12);
  });
});
