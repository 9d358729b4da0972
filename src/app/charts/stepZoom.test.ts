// Tests of the step axis' arithmetic.
import { describe, expect, it } from 'vitest';
import { panned, selected, zoomed } from './stepZoom.ts';

const whole = { min: 0, max: 1000 };

describe('step zoom', () => {
  it('keeps the step under the pointer where it is', () => {
    const range = zoomed(whole, 0.5, 250, whole);
    expect(range).toEqual({ min: 125, max: 625 });
  });

  it('is undone by widening past the whole', () => {
    expect(zoomed({ min: 100, max: 700 }, 2, 400, whole)).toBeUndefined();
  });

  it('never gets narrower than can be read', () => {
    const range = zoomed({ min: 500, max: 505 }, 0.1, 502, whole);
    expect((range?.max ?? 0) - (range?.min ?? 0)).toBe(4);
  });

  it('stops panning at the ends', () => {
    expect(panned({ min: 100, max: 300 }, -1, whole)).toEqual({ min: 0, max: 200 });
    expect(panned({ min: 100, max: 300 }, 9, whole)).toEqual({ min: 800, max: 1000 });
  });

  it('accepts a selection drawn from right to left', () => {
    expect(selected(400, 300, whole)).toEqual({ min: 300, max: 400 });
  });
});
