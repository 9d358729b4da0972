// The interval against its definition: at its ends, the share seen is 1.96 standard deviations away.
import { describe, expect, it } from 'vitest';
import { wilsonInterval } from './wilsonInterval.ts';

describe('wilsonInterval', () => {
  it('ends where the share seen lies 1.96 standard deviations away', () => {
    for (const [correct, asked] of [
      [0, 10],
      [1, 10],
      [37, 100],
      [50, 50],
    ] as const) {
      const { low, high } = wilsonInterval(correct, asked);
      for (const end of [low, high]) {
        if (end <= 0 || end >= 1) continue;
        const deviation = Math.abs(correct / asked - end) / Math.sqrt((end * (1 - end)) / asked);
        expect(deviation).toBeCloseTo(1.96, 4);
      }
      expect(low).toBeLessThanOrEqual(correct / asked);
      expect(high).toBeGreaterThanOrEqual(correct / asked);
    }
  });

  it('stays within 0 … 1 and does not shrink to a point', () => {
    expect(wilsonInterval(0, 100)).toMatchObject({ low: 0 });
    expect(wilsonInterval(0, 100).high).toBeCloseTo(0.037, 3);
    expect(wilsonInterval(100, 100).high).toBe(1);
    expect(wilsonInterval(100, 100).low).toBeCloseTo(0.963, 3);
    expect(wilsonInterval(0, 0)).toEqual({ low: 0, high: 1 });
  });
});
