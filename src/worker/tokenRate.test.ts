// The rate of tokens, whatever the clock can tell.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TokenRate } from './tokenRate.ts';

/** Steps that take so long each, read off a clock that only shows multiples of its grain. */
function rateOf(stepMs: number, steps: number, grainMs: number, tokens = 64, offsetMs = 0): number {
  const rate = new TokenRate();
  const shown = (ms: number): number => Math.floor(ms / grainMs) * grainMs;
  for (let i = 0; i < steps; i++) {
    const start = offsetMs + i * stepMs;
    rate.add(tokens, shown(start + stepMs) - shown(start));
  }
  return rate.perSecond;
}

describe('a rate', () => {
  it('is not known before a second of work', () => {
    expect(new TokenRate().perSecond).toBeNaN();
    expect(rateOf(10, 99, 0.1)).toBeNaN();
    expect(rateOf(0, 1000, 100)).toBeNaN();
    expect(rateOf(10, 101, 0.1)).toBeCloseTo(6400, 0);
    expect(rateOf(2000, 1, 0.1)).toBeCloseTo(32);
  });

  it('is right within a tenth on a clock of 100 ms, never without end, however short the steps', () => {
    const stepMs = fc.double({ min: 0.05, max: 3000, noNaN: true });
    const offsetMs = fc.double({ min: 0, max: 1000, noNaN: true });
    fc.assert(
      fc.property(stepMs, offsetMs, (ms, offset) => {
        const steps = Math.ceil(4000 / ms);
        const rate = rateOf(ms, steps, 100, 64, offset);
        expect(rate / (64_000 / ms)).toBeGreaterThan(0.89);
        expect(rate / (64_000 / ms)).toBeLessThan(1.12);
      }),
    );
  });

  it('follows a change within a few seconds', () => {
    const rate = new TokenRate();
    for (let i = 0; i < 5; i++) rate.add(1000, 1000);
    expect(rate.perSecond).toBeCloseTo(1000);
    for (let i = 0; i < 5; i++) rate.add(4000, 1000);
    expect(rate.perSecond).toBeGreaterThan(3800);
  });

  it('is not thrown off by a clock that goes back', () => {
    const rate = new TokenRate();
    rate.add(10, -5000);
    rate.add(990, 1000);
    expect(rate.perSecond).toBeCloseTo(1000);
  });
});
