// Batches, tokens and learning rates over a run: the ramp against a plain loop, and every schedule at its corners.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG, SCHEDULES, type TrainingConfig } from './runConfig.ts';
import { batchesAt, learningRateAt, tokensAt } from './schedule.ts';

const CONTEXT = 16;
const TOKENS_PER_STEP = DEFAULT_CONFIG.training.batchSize * CONTEXT;
const training: TrainingConfig = {
  ...DEFAULT_CONFIG.training,
  learningRate: 0.01,
  warmupTokens: 10 * TOKENS_PER_STEP,
  steps: 110,
};

const rateAt = (step: number, settings: TrainingConfig): number => learningRateAt(step, settings, CONTEXT);

describe('learningRateAt with a cosine', () => {
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
    const cold = { ...training, warmupTokens: 0, steps: 100 };
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

describe('learningRateAt', () => {
  it.each([
    { schedule: 'linear' as const, rates: [0.01, 0.00775, 0.0055, 0.00325, 0.001] },
    { schedule: 'constant' as const, rates: [0.01, 0.01, 0.01, 0.01, 0.01] },
    // The last fifth of 110 steps begins after step 88; step 99 is in its middle.
    { schedule: 'warmup-stable-decay' as const, rates: [0.01, 0.01, 0.01, 0.01, 0.001] },
  ])('rises as ever and then is $schedule', ({ schedule, rates }) => {
    const settings = { ...training, schedule };
    for (let step = 1; step <= 10; step++) expect(rateAt(step, settings)).toBeCloseTo(0.001 * step, 12);
    [10, 35, 60, 85, 110].forEach((step, i) => expect(rateAt(step, settings)).toBeCloseTo(rates[i] ?? 0, 12));
    for (const step of [111, 1e6]) expect(rateAt(step, settings)).toBeCloseTo(rates[4] ?? 0, 12);
  });

  it('falls in the last fifth of warmup-stable-decay, or from the end of a warm-up that is longer', () => {
    const settings: TrainingConfig = { ...training, schedule: 'warmup-stable-decay' };
    expect(rateAt(88, settings)).toBeCloseTo(0.01, 12);
    expect(rateAt(89, settings)).toBeLessThan(0.01);
    expect(rateAt(99, settings)).toBeCloseTo(0.0055, 12);
    const long = { ...settings, warmupTokens: 100 * TOKENS_PER_STEP };
    expect(rateAt(100, long)).toBeCloseTo(0.01, 12);
    expect(rateAt(105, long)).toBeCloseTo(0.0055, 12);
    expect(rateAt(110, long)).toBeCloseTo(0.001, 12);
  });

  it.each(['cosine', 'linear', 'warmup-stable-decay'] as const)(
    'reaches the floor of %s after decayTokens, whatever the number of steps',
    (schedule) => {
      const settings = { ...training, schedule, decayTokens: 60 * TOKENS_PER_STEP };
      expect(rateAt(59, settings)).toBeGreaterThan(0.001);
      for (const step of [60, 61, 110, 5000]) expect(rateAt(step, settings)).toBeCloseTo(0.001, 12);
      expect(rateAt(30, { ...settings, steps: 7 })).toBe(rateAt(30, settings));
      const beyond = { ...settings, decayTokens: 1000 * TOKENS_PER_STEP };
      expect(rateAt(110, beyond)).toBeGreaterThan(0.009);
      // The schedule has ended before the warm-up does.
      const late = { ...settings, decayTokens: 5 * TOKENS_PER_STEP };
      expect(rateAt(10, late)).toBeCloseTo(0.01, 12);
      expect(rateAt(11, late)).toBeCloseTo(0.001, 12);
    },
  );

  it('counts the tokens that a ramp has read, not the steps', () => {
    // Stages of 1, 2 and 3 batches, 30 tokens each in the first two: 30, 15, then 3 batches a step.
    const ramped: TrainingConfig = { ...training, accumulation: 3, rampTokens: 60 * TOKENS_PER_STEP, steps: 65 };
    const settings: TrainingConfig = { ...ramped, schedule: 'linear', warmupTokens: 32 * TOKENS_PER_STEP };
    expect(rateAt(30, settings)).toBeCloseTo((0.01 * 30) / 32, 12);
    expect(rateAt(31, settings)).toBeCloseTo(0.01, 12);
    expect(tokensAt(66, settings, CONTEXT)).toBe(120 * TOKENS_PER_STEP);
    expect(rateAt(45, settings)).toBeCloseTo(0.01 * (1 - (0.9 * (60 - 32)) / (120 - 32)), 12);
    expect(rateAt(65, settings)).toBeCloseTo(0.001, 12);
  });

  it('is a number between 0 and the highest rate at every step of any settings', () => {
    const settings = fc.record({
      schedule: fc.constantFrom(...SCHEDULES),
      steps: fc.integer({ min: 1, max: 1_000_000 }),
      warmupTokens: fc.integer({ min: 0, max: 1e7 }),
      decayTokens: fc.integer({ min: 0, max: 1e7 }),
      rampTokens: fc.integer({ min: 0, max: 1e7 }),
      accumulation: fc.integer({ min: 1, max: 64 }),
    });
    fc.assert(
      fc.property(settings, fc.integer({ min: 1, max: 1_100_000 }), (some, step) => {
        const rate = rateAt(step, { ...training, ...some });
        expect(rate).toBeGreaterThan(0);
        expect(rate).toBeLessThanOrEqual(0.01);
      }),
    );
  });
});

describe('the batch ramp', () => {
  const ramped = (accumulation: number, rampTokens: number): TrainingConfig => ({
    ...training,
    accumulation,
    rampTokens,
  });

  it('is not there without tokens to ramp over', () => {
    for (const step of [1, 2, 1000]) {
      expect(batchesAt(step, ramped(5, 0), CONTEXT)).toBe(5);
      expect(tokensAt(step, ramped(5, 0), CONTEXT)).toBe((step - 1) * 5 * TOKENS_PER_STEP);
      expect(batchesAt(step, ramped(1, 1e6), CONTEXT)).toBe(1);
    }
  });

  it('grows from 1 to all batches, each number for an equal part of the tokens', () => {
    const settings = ramped(4, 36 * TOKENS_PER_STEP);
    const batches = Array.from({ length: 24 }, (_, i) => batchesAt(i + 1, settings, CONTEXT));
    // Twelve batches of each stage: 12 steps of 1, 6 of 2, 4 of 3.
    expect(batches).toEqual([...Array(12).fill(1), ...Array(6).fill(2), ...Array(4).fill(3), 4, 4]);
  });

  it('is over at once where a single step reads more than it', () => {
    const settings = ramped(4, 1);
    expect([1, 2, 3].map((step) => batchesAt(step, settings, CONTEXT))).toEqual([1, 4, 4]);
  });

  it('is what a loop over the steps finds: 1 + ⌊(accumulation − 1) · tokens / rampTokens⌋', () => {
    const given = fc.record({
      accumulation: fc.integer({ min: 1, max: 64 }),
      rampTokens: fc.integer({ min: 1, max: 100_000 }),
      batchSize: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(given, (some) => {
        const settings = { ...training, ...some };
        let tokens = 0;
        for (let step = 1; step <= 200; step++) {
          // Whole numbers throughout, so that no stage begins a step early by rounding.
          const grown = Number((BigInt(some.accumulation - 1) * BigInt(tokens)) / BigInt(some.rampTokens));
          const expected = Math.min(some.accumulation, 1 + grown);
          expect(tokensAt(step, settings, CONTEXT)).toBe(tokens);
          expect(batchesAt(step, settings, CONTEXT)).toBe(expected);
          tokens += expected * some.batchSize * CONTEXT;
        }
      }),
    );
  });

  it('knows the millionth step without taking all before it', () => {
    const settings = ramped(64, 1e9);
    let tokens = 0;
    for (let step = 1; step < 1_000_000; step++) {
      tokens += Math.min(64, 1 + Math.floor((63 * tokens) / 1e9)) * TOKENS_PER_STEP;
    }
    expect(tokensAt(1_000_000, settings, CONTEXT)).toBe(tokens);
    expect(batchesAt(1_000_000, settings, CONTEXT)).toBe(64);
  });
});
