// The speed that the run bar shows.
import { describe, expect, it } from 'vitest';
import { presentSpeed } from './trainingSpeed.ts';

const upTo = (last: number) => Array.from({ length: last }, (_, at) => at + 1);

describe('presentSpeed', () => {
  it('is the mean of the last ten rows', () => {
    expect(presentSpeed(upTo(12), [900, 900, ...Array.from({ length: 10 }, () => 50)], 0)).toBe(50);
    expect(presentSpeed([1, 2], [100, 300], 0)).toBe(200);
  });

  it('leaves out rows without a rate and those before the change of backend', () => {
    expect(presentSpeed([1, 2, 3], [1000, 0, 40], 1)).toBe(40);
    expect(presentSpeed([1, 2, 3], [1000, 1000, 1000], 3)).toBeUndefined();
    expect(presentSpeed([1, 2, 3], [Number.POSITIVE_INFINITY, Number.NaN, 40], 0)).toBe(40);
    expect(presentSpeed([1], [Number.NaN], 0)).toBeUndefined();
    expect(presentSpeed([], [], 0)).toBeUndefined();
  });
});
