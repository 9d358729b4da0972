// Tests of the smoothing.
import { describe, expect, it } from 'vitest';
import { Random } from '../../random/random.ts';
import { smoothedSeries } from './smoothedSeries.ts';

const rows = (count: number): number[] => Array.from({ length: count }, (_, row) => row);
/** Loss of a run as it usually falls. */
const falling = (row: number): number => 1.5 + 5 * (1 + row) ** -0.5;

describe('smoothedSeries', () => {
  it('begins at the first value, leaves a constant series as it is, and share 0 every series', () => {
    expect(smoothedSeries([7, 5], 0.1)[0]).toBe(7);
    for (const value of smoothedSeries([3, 3, 3, 3, 3], 0.3)) expect(value).toBeCloseTo(3, 12);
    expect([...smoothedSeries([5, 1, 4], 0)]).toEqual([5, 1, 4]);
    expect(smoothedSeries([], 0.1)).toHaveLength(0);
  });

  it('does not lag: a straight line stays where it is', () => {
    const line = rows(300).map((row) => 9 - 0.02 * row);
    smoothedSeries(line, 0.2).forEach((value, row) => expect(value).toBeCloseTo(line[row] ?? 0, 6));
  });

  it.each([60, 200, 2000, 20_000])('stands on the loss of a run of %i steps, not above it', (steps) => {
    const smoothed = smoothedSeries(rows(steps).map(falling), 0.1);
    for (const part of [0.25, 0.5, 0.75, 1]) {
      const row = Math.ceil(part * steps) - 1;
      expect(Math.abs((smoothed[row] ?? 0) - falling(row))).toBeLessThan(0.01);
    }
  });

  it('calms the noise the more, the longer the run', () => {
    const random = new Random(3);
    const noisy = rows(4000).map((row) => falling(row) + 0.2 * random.normal());
    const smoothed = smoothedSeries(noisy, 0.1);
    const spreadOver = (from: number, to: number): number =>
      Math.sqrt(
        rows(to - from).reduce((sum, at) => sum + ((smoothed[from + at] ?? 0) - falling(from + at)) ** 2, 0) /
          (to - from),
      );
    expect(spreadOver(100, 300)).toBeLessThan(0.07);
    expect(spreadOver(3000, 4000)).toBeLessThan(0.025);
  });

  it('skips values that are not finite without losing the average', () => {
    const smoothed = smoothedSeries([2, Number.NaN, 2, Number.POSITIVE_INFINITY, 2], 0.3);
    expect([...smoothed].map((value) => Number.isNaN(value))).toEqual([false, true, false, true, false]);
    expect(smoothed[4]).toBeCloseTo(2, 12);
  });
});
