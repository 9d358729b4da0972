// The learning rate over a run: warm-up, cosine, floor.
import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG, type TrainingConfig } from '../config/runConfig.ts';
import { learningRateAt } from './schedule.ts';

const CONTEXT = 16;
const TOKENS_PER_STEP = DEFAULT_CONFIG.training.batchSize * CONTEXT;
const training: TrainingConfig = {
  ...DEFAULT_CONFIG.training,
  learningRate: 0.01,
  warmupTokens: 10 * TOKENS_PER_STEP,
  steps: 110,
};

const rateAt = (step: number, settings: TrainingConfig): number => learningRateAt(step, settings, CONTEXT);

describe('learningRateAt', () => {
  it('rises linearly from the first step to the highest rate at the end of the warm-up', () => {
    for (let step = 1; step <= 10; step++) expect(rateAt(step, training)).toBeCloseTo(0.001 * step, 12);
  });

  it('then follows half a cosine to a tenth', () => {
    expect(rateAt(35, training)).toBeCloseTo(0.01 * (0.1 + 0.9 * (0.5 + Math.SQRT1_2 / 2)), 12);
    expect(rateAt(60, training)).toBeCloseTo(0.01 * 0.55, 12);
    expect(rateAt(85, training)).toBeCloseTo(0.01 * (0.1 + 0.9 * (0.5 - Math.SQRT1_2 / 2)), 12);
    expect(rateAt(110, training)).toBeCloseTo(0.001, 12);
    for (let step = 11; step <= 110; step++) {
      expect(rateAt(step, training)).toBeLessThan(rateAt(step - 1, training));
    }
  });

  it('stays at a tenth beyond the last step', () => {
    for (const step of [111, 200, 1e6]) expect(rateAt(step, training)).toBeCloseTo(0.001, 12);
  });

  it('starts near its highest without a warm-up', () => {
    const cold = { ...training, warmupTokens: 0 * TOKENS_PER_STEP, steps: 100 };
    expect(rateAt(1, cold)).toBeCloseTo(0.01 * (0.1 + 0.45 * (1 + Math.cos(Math.PI / 100))), 12);
    expect(rateAt(1, { ...cold, steps: 1 })).toBeCloseTo(0.001, 12);
  });

  it('only rises if the warm-up is longer than the run, and is a number at every step', () => {
    const long = { ...training, warmupTokens: 200 * TOKENS_PER_STEP, steps: 100 };
    expect(rateAt(100, long)).toBeCloseTo(0.005, 12);
    expect(rateAt(200, long)).toBeCloseTo(0.01, 12);
    expect(rateAt(201, long)).toBeCloseTo(0.001, 12);
    const equal = { ...training, warmupTokens: 100 * TOKENS_PER_STEP, steps: 100 };
    expect(rateAt(100, equal)).toBeCloseTo(0.01, 12);
    expect(rateAt(101, equal)).toBeCloseTo(0.001, 12);
  });
});
