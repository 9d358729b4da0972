// Tests of the logarithmic axis' ticks.
import { describe, expect, it } from 'vitest';
import { logarithmicTicks } from './axisTicks.ts';

describe('logarithmicTicks', () => {
  it('divides a decade into round losses', () => {
    expect(logarithmicTicks(1.2, 7.5)).toEqual([1.5, 2, 3, 4, 5, 7]);
  });

  it('takes even steps where a range holds hardly any of them', () => {
    expect(logarithmicTicks(2.1, 2.5)).toEqual([2.1, 2.2, 2.3, 2.4, 2.5]);
  });

  it('takes whole decades where there would be too many', () => {
    expect(logarithmicTicks(0.009, 200)).toEqual([0.01, 0.1, 1, 10, 100]);
  });
});
