// The comparison with finite differences finds every kind of wrong gradient, where it is, and passes a right one.
import { describe, expect, it } from 'vitest';
import type { Float64Group } from '../../float64/parameters.ts';
import { checkDifferences, GRADIENT_TOLERANCE, relativeError, type DifferenceCheck } from './differences.ts';

const GROUPS: readonly Float64Group[] = [
  { name: 'matrix', shape: [10, 12], offset: 0, size: 120 },
  { name: 'bias', shape: [7], offset: 120, size: 7 },
  { name: 'idle', shape: [30], offset: 127, size: 30 },
];
const PARAMETERS = Float64Array.from({ length: 157 }, (_, i) => Math.sin(7 * i));
/** Σ wᵢ xᵢ³ with weights that differ; nothing depends on the last group. */
const weightOf = (i: number): number => (i < 127 ? 1 + (i % 5) : 0);
const objectiveAt = (x: Float64Array): number => x.reduce((sum, value, i) => sum + weightOf(i) * value ** 3, 0);
const slopes = (): Float64Array => PARAMETERS.map((value, i) => 3 * weightOf(i) * value ** 2);

const check = (gradient: ArrayLike<number>, more: Partial<DifferenceCheck> = {}) =>
  checkDifferences({ groups: GROUPS, parameters: PARAMETERS, objectiveAt, gradient, pause: async () => {}, ...more });

/** The right gradient but for one entry. */
function wrongAt(index: number, change: (value: number) => number): Float64Array {
  const gradient = slopes();
  gradient[index] = change(gradient[index] ?? 0);
  return gradient;
}

describe('checkDifferences', () => {
  it('passes a right gradient, in some entries of large groups and all of small ones', async () => {
    const results = await check(Float32Array.from(slopes()));
    expect(
      results.map(({ outcome: { name, checked, elements, passed } }) => ({ name, checked, elements, passed })),
    ).toEqual([
      { name: 'matrix', checked: 20, elements: 120, passed: true },
      { name: 'bias', checked: 7, elements: 7, passed: true },
      { name: 'idle', checked: 20, elements: 30, passed: true },
    ]);
    for (const { outcome, indices } of results) {
      const { maxRelativeError, checked, elements } = outcome;
      expect(maxRelativeError).toBeLessThan(1e-6);
      expect(new Set(indices).size).toBe(checked);
      expect(indices).toEqual(indices.toSorted((a, b) => a - b));
      expect(indices).toContain(0);
      expect(indices).toContain(elements - 1);
    }
  });

  it('looks at the smallest and the largest entry of a group, and at one that is no number', async () => {
    const gradient = slopes();
    gradient[41] = -90;
    gradient[67] = 95;
    const [matrix] = await check(gradient);
    expect(matrix?.indices).toEqual(expect.arrayContaining([41, 67]));
    for (const index of [53, 77, 101]) {
      const [matrix] = await check(wrongAt(index, () => Number.NaN));
      expect(matrix?.outcome).toMatchObject({ passed: false, maxRelativeError: Number.POSITIVE_INFINITY });
      expect(matrix?.outcome.worst.index).toBe(index);
    }
  });

  it.each([
    { name: 'a hundredth too large', change: (value: number) => 1.01 * value },
    { name: 'of the other sign', change: (value: number) => -value },
    { name: 'absent', change: () => 0 },
    { name: 'infinite', change: () => Number.POSITIVE_INFINITY },
  ])('finds an entry that is $name, and says where', async ({ change }) => {
    const results = await check(wrongAt(122, change));
    expect(results.map(({ outcome }) => outcome.passed)).toEqual([true, false, true]);
    const { worst, maxRelativeError } = results[1]?.outcome ?? {};
    expect(worst?.index).toBe(2);
    expect(worst?.numeric).toBeCloseTo(slopes()[122] ?? 0, 6);
    expect(worst?.analytic).toBe(change(slopes()[122] ?? 0));
    expect(maxRelativeError).toBeGreaterThan(GRADIENT_TOLERANCE);
  });

  it('lets noise pass where a group has no gradient, and a real one not', async () => {
    const noise = wrongAt(130, () => 1e-9);
    expect((await check(noise))[2]?.outcome.passed).toBe(true);
    const real = slopes().map((value, i) => (i >= 127 ? 1e-3 : value));
    expect((await check(real))[2]?.outcome.passed).toBe(false);
  });

  it('puts every parameter back, and tells how far it is', async () => {
    const seen: number[] = [];
    const before = PARAMETERS.slice();
    await check(slopes(), { pause: async (share) => void seen.push(share) });
    expect(PARAMETERS).toEqual(before);
    expect(seen.length).toBe(47);
    expect(seen.at(-1)).toBe(1);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  });

  it('ends where it is told to, and refuses a gradient of another size', async () => {
    let entries = 0;
    const pause = async (): Promise<void> => {
      if (++entries === 3) throw new DOMException('', 'AbortError');
    };
    await expect(check(slopes(), { pause })).rejects.toThrow(DOMException);
    expect(entries).toBe(3);
    await expect(check(slopes().subarray(1))).rejects.toThrow(RangeError);
  });
});

describe('relativeError', () => {
  it('is relative to the larger value, or to the floor', () => {
    expect(relativeError(1, 2, 0.1)).toBe(0.5);
    expect(relativeError(-1, 1, 0.1)).toBe(2);
    expect(relativeError(0.001, 0, 0.1)).toBeCloseTo(0.01, 12);
    expect(relativeError(Number.NaN, 1, 0.1)).toBe(Number.POSITIVE_INFINITY);
    expect(relativeError(1, Number.POSITIVE_INFINITY, 0.1)).toBe(Number.POSITIVE_INFINITY);
  });
});
