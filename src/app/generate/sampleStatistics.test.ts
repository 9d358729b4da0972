// Tests of a sample's statistics and of the probability levels.
import { describe, expect, it } from 'vitest';
import { PROBABILITY_LEVELS, probabilityLevel } from './probabilityLevel.ts';
import { sampleStatistics } from './sampleStatistics.ts';

describe('sampleStatistics', () => {
  it('gives perplexity 8 when every token was one of eight equally likely ones', () => {
    const statistics = sampleStatistics([{ probability: 1 / 8 }, { probability: 1 / 8 }]);
    expect(statistics?.perplexity).toBeCloseTo(8, 9);
    expect(statistics?.meanLogProbability).toBeCloseTo(-Math.log(8), 9);
  });

  it('stays finite at probability zero and absent without tokens', () => {
    expect(Number.isFinite(sampleStatistics([{ probability: 0 }])?.perplexity)).toBe(true);
    expect(sampleStatistics([])).toBeUndefined();
  });
});

describe('probabilityLevel', () => {
  it('rises from sure to surprising and covers every probability', () => {
    expect([1, 0.9, 0.5, 0.3, 0.05, 0.02, 0.001, 0].map(probabilityLevel)).toEqual([0, 0, 1, 2, 3, 4, 5, 5]);
    expect(probabilityLevel(Number.NaN)).toBe(PROBABILITY_LEVELS.length - 1);
  });
});
