// The most probable token of a row; drawing itself is tested with the kernel.
import { describe, expect, it } from 'vitest';
import { indexOfHighest } from './drawToken.ts';

describe('indexOfHighest', () => {
  it('takes the first of equals, and passes over what is not a number', () => {
    expect(indexOfHighest([1, 3, 3, 2])).toBe(1);
    expect(indexOfHighest([Number.NaN, -5, Number.NaN])).toBe(1);
    expect(indexOfHighest([Number.NaN])).toBe(0);
    expect(indexOfHighest([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY])).toBe(0);
  });
});
