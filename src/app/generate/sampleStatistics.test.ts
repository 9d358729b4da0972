// Tests of a sample's statistics and of the probability levels.
import { describe, expect, it } from 'vitest';
import { PROBABILITY_LEVELS, probabilityLevel } from './probabilityLevel.ts';
import { sampleStatistics } from './sampleStatistics.ts';

describe('sampleStatistics', () => {
  it('gives perplexity 8 when every token was one of eight equally likely ones', () => {
    const statistics = sampleStatistics([{ logProbability: -Math.log(8) }, { logProbability: -Math.log(8) }]);
    expect(statistics?.perplexity).toBeCloseTo(8, 9);
    expect(statistics?.logProbability).toBeCloseTo(-2 * Math.log(8), 9);
  });

  it('stays exact where a probability would be lost as zero, and is absent without tokens', () => {
    expect(sampleStatistics([{ logProbability: -2000 }, { logProbability: 0 }])?.logProbability).toBe(-2000);
    expect(sampleStatistics([])).toBeUndefined();
  });
});

describe('probabilityLevel', () => {
  it('rises from sure to surprising and covers every probability', () => {
    expect([1, 0.9, 0.5, 0.3, 0.05, 0.02, 0.001, 0].map(probabilityLevel)).toEqual([0, 0, 1, 2, 3, 4, 5, 5]);
    expect(probabilityLevel(Number.NaN)).toBe(PROBABILITY_LEVELS.length - 1);
  });
});
