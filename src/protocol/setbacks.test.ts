// How many interruptions in a row are told, and what counts as getting on in between.
import { describe, expect, it } from 'vitest';
import { MOST_SETBACKS, Setbacks } from './setbacks.ts';

const SECOND = 1000;
const at = (step: number, training = true, runId = 'a') => ({ runId, step, training });

describe('interruptions', () => {
  it('that come back with every step are in a row', () => {
    const setbacks = new Setbacks();
    expect([5, 5, 6, 6, 7].map((step, i) => setbacks.note(at(step), i * 10 * SECOND))).toEqual([1, 2, 3, 4, 5]);
    expect(MOST_SETBACKS).toBeLessThan(5);
  });

  it('that come back with a step that takes minutes are, too', () => {
    const setbacks = new Setbacks();
    expect([0, 0, 0].map((step, i) => setbacks.note(at(step), i * 600 * SECOND))).toEqual([1, 2, 3]);
  });

  it('are single ones where the run gets on in between: by many steps, or by one in some time', () => {
    const setbacks = new Setbacks();
    expect([100, 120, 140, 160].map((step, i) => setbacks.note(at(step), i * SECOND))).toEqual([1, 1, 1, 1]);
    expect([161, 162, 163].map((step, i) => setbacks.note(at(step), (i + 1) * 100 * SECOND))).toEqual([1, 1, 1]);
  });

  it('count from the furthest step: to come back to where it was is not to get on', () => {
    const setbacks = new Setbacks();
    setbacks.note(at(100), 0);
    expect(setbacks.note(at(70), SECOND)).toBe(2);
    expect(setbacks.note(at(95), 100 * SECOND)).toBe(3);
    expect(setbacks.note(at(119), 101 * SECOND)).toBe(4);
    expect(setbacks.note(at(139), 102 * SECOND)).toBe(1);
  });

  it('of a run at rest are in a row only if they follow one another', () => {
    const setbacks = new Setbacks();
    expect([0, 10, 20].map((seconds) => setbacks.note(at(5, false), seconds * SECOND))).toEqual([1, 2, 3]);
    expect(setbacks.note(at(5, false), 3600 * SECOND)).toBe(1);
    expect(new Setbacks().note(undefined, 0)).toBe(1);
  });

  it('of another run, or after the user began again, are not counted along', () => {
    const setbacks = new Setbacks();
    setbacks.note(at(5), 0);
    expect(setbacks.note(at(5, true, 'b'), SECOND)).toBe(1);
    expect(setbacks.note(at(5, true, 'b'), 2 * SECOND)).toBe(2);
    setbacks.forget();
    expect(setbacks.note(at(5, true, 'b'), 3 * SECOND)).toBe(1);
  });
});
