// The paper's table given back, and what lies between, below and above its rows.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PAPER_LEARNING_RATES, proposedLearningRate } from './proposedLearningRate.ts';

describe('proposedLearningRate', () => {
  it('gives the paper’s rates at the paper’s sizes', () => {
    for (const [parameters, rate] of PAPER_LEARNING_RATES) expect(proposedLearningRate(parameters)).toBe(rate);
  });

  it('goes straight between two rows on logarithmic scales', () => {
    // Half way between 1.3B (2.0e-4) and 2.7B (1.6e-4).
    expect(proposedLearningRate(Math.sqrt(1.3e9 * 2.7e9))).toBeCloseTo(Math.sqrt(2e-4 * 1.6e-4), 5);
  });

  it('follows the table’s trend below it: about double for a tenth of the parameters', () => {
    expect(proposedLearningRate(12.5e6) / proposedLearningRate(125e6)).toBeCloseTo(2.02, 1);
    // Within a factor of two of what suits the default model by experiment.
    expect(proposedLearningRate(160_000)).toBeGreaterThan(2e-3);
    expect(proposedLearningRate(160_000)).toBeLessThan(8e-3);
  });

  it('is a rate for any size, has two digits, and never rises with the size', () => {
    const size = fc.double({ min: 1, max: 1e12, noNaN: true });
    fc.assert(
      fc.property(size, size, (a, b) => {
        const [small, large] = [proposedLearningRate(Math.min(a, b)), proposedLearningRate(Math.max(a, b))];
        expect(large).toBeLessThanOrEqual(small);
        expect(large).toBeGreaterThan(0);
        expect(small).toBeLessThanOrEqual(6e-3);
        expect(Number(small.toPrecision(2))).toBe(small);
      }),
    );
    expect(proposedLearningRate(0)).toBe(6e-3);
  });
});
