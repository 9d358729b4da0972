// Tests of the choice of rows to draw.
import { describe, expect, it } from 'vitest';
import { decimate, evenlySpread, lowerBound } from './decimate.ts';
import { Random } from '../../random/random.ts';

const random = new Random(7);
const steps = Array.from({ length: 100_000 }, (_, row) => row + 1);
const values = steps.map(() => random.normal());

describe('decimate', () => {
  it('keeps a short range whole, with one row beyond each end', () => {
    expect(decimate(steps, values, 10, 13, 100)).toEqual([8, 9, 10, 11, 12, 13]);
    expect(decimate(steps.slice(0, 3), values, 0, 50, 100)).toEqual([0, 1, 2]);
  });

  it('keeps the greatest and least value of a long series within the promised size, in order', () => {
    const kept = decimate(steps, values, 0, 100_000, 500);
    expect(kept.length).toBeLessThanOrEqual(2 * 500 + 4);
    expect(kept[0]).toBe(0);
    expect(kept.at(-1)).toBe(99_999);
    expect(kept.every((row, at) => at === 0 || row > (kept[at - 1] ?? 0))).toBe(true);
    const drawn = kept.map((row) => values[row] ?? 0);
    expect(Math.max(...drawn)).toBe(values.reduce((a, b) => Math.max(a, b)));
    expect(Math.min(...drawn)).toBe(values.reduce((a, b) => Math.min(a, b)));
  });

  it('passes over values that are not numbers and empty series', () => {
    const gaps = values.map((value, row) => (row % 3 === 0 ? value : Number.NaN));
    const kept = decimate(steps, gaps, 0, 100_000, 50).slice(1, -1);
    expect(kept.length).toBeGreaterThan(50);
    expect(kept.every((row) => !Number.isNaN(gaps[row]))).toBe(true);
    expect(decimate([], [], 0, 10, 50)).toEqual([]);
  });
});

describe('lowerBound and evenlySpread', () => {
  it('finds the first step at or after the one asked for', () => {
    expect([0, 2, 3, 9].map((step) => lowerBound([2, 4, 8], step))).toEqual([0, 0, 1, 3]);
  });

  it('spreads rows from the first to the last', () => {
    expect(evenlySpread(3, 10)).toEqual([0, 1, 2]);
    expect(evenlySpread(101, 5)).toEqual([0, 25, 50, 75, 100]);
  });
});
