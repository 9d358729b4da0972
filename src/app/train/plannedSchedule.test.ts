// The planned schedule as points and as a sentence.
import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG, SCHEDULES, type TrainingConfig } from '../../config/runConfig.ts';
import { learningRateAt } from '../../config/schedule.ts';
import { withTraining } from '../../config/withSettings.ts';
import { schedulePoints, scheduleSummary } from './plannedSchedule.ts';
import { SCHEDULE_COPY } from './trainCopy.ts';

/** Steps of 8 × 64 = 512 tokens; 50 of them warm up. */
const planned = (training: Partial<TrainingConfig> = {}) => withTraining(DEFAULT_CONFIG, training);

describe('schedulePoints', () => {
  it('takes every step of a short run', () => {
    const points = schedulePoints(planned({ steps: 30 }), 100);
    expect(points.map(({ step }) => step)).toEqual(Array.from({ length: 30 }, (_, at) => at + 1));
    expect(points[2]).toEqual({ step: 3, tokens: 1536, learningRate: (3e-3 * 3) / 50, tokensPerStep: 512 });
  });

  it('spreads points over a long run, first, last and the end of the warm-up among them', () => {
    const config = planned({ steps: 1_000_000, warmupTokens: 512 * 1234 });
    const points = schedulePoints(config, 100);
    expect(points.length).toBe(101);
    const steps = points.map(({ step }) => step);
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    expect([steps[0], steps.at(-1)]).toEqual([1, 1_000_000]);
    expect(points.find(({ step }) => step === 1234)?.learningRate).toBe(config.training.learningRate);
  });

  it('gives what training will be given, for every schedule, with and without a ramp', () => {
    for (const schedule of SCHEDULES) {
      for (const rampTokens of [0, 100_000]) {
        const config = planned({ schedule, rampTokens, accumulation: 4 });
        const points = schedulePoints(config, 40);
        for (const { step, learningRate } of points) {
          expect(learningRate).toBe(learningRateAt(step, config.training, 64));
        }
        const perStep = points.map(({ tokensPerStep }) => tokensPerStep);
        expect([perStep[0], perStep.at(-1)]).toEqual([rampTokens > 0 ? 512 : 2048, 2048]);
      }
    }
  });
});

/** The numbers of a sentence in their order: rates, steps, tokens. */
const numbersIn = (sentence: string): string[] => sentence.match(/[\d.,]*\d[kM]?/g) ?? [];

describe('scheduleSummary', () => {
  it.each<[string, Partial<TrainingConfig>, string[]]>([
    ['the default', {}, ['0.003', '50', '25.6k', '0.0003', '1,000', '512k']],
    ['a cold start', { warmupTokens: 0, schedule: 'linear' }, ['0.003', '0.0003', '1,000', '512k']],
    ['a constant rate', { schedule: 'constant', decayTokens: 100_000 }, ['0.003', '50', '25.6k', '1,000', '512k']],
    [
      'a decay that ends early',
      { decayTokens: 256_000 },
      ['0.003', '50', '25.6k', '0.0003', '500', '256k', '1,000', '512k'],
    ],
    [
      'a decay cut off',
      { decayTokens: 5_000_000, schedule: 'linear', warmupTokens: 0 },
      ['0.003', '0.00272', '1,000', '512k'],
    ],
    ['a warm-up beyond the end', { steps: 10 }, ['0.0006', '10', '5.12k']],
  ])('gives the rates, steps and tokens of %s', (_, training, numbers) => {
    expect(numbersIn(scheduleSummary(planned(training)))).toEqual(numbers);
  });

  it('says that a decay is cut off, and only then', () => {
    const cutOff = scheduleSummary(planned({ decayTokens: 5_000_000 }));
    expect(cutOff).toContain(SCHEDULE_COPY.cutOff);
    expect(scheduleSummary(planned())).not.toContain(SCHEDULE_COPY.cutOff);
  });

  it('says when a stable rate begins to decay', () => {
    const [, , , stableUntil = ''] = numbersIn(scheduleSummary(planned({ schedule: 'warmup-stable-decay' })));
    const step = Number(stableUntil.replaceAll(',', ''));
    const { training } = planned({ schedule: 'warmup-stable-decay' });
    expect(learningRateAt(step, training, 64)).toBe(training.learningRate);
    expect(learningRateAt(step + 1, training, 64)).toBeLessThan(training.learningRate);
  });

  it('says how the batches grow', () => {
    const grown = numbersIn(scheduleSummary(planned({ accumulation: 4, rampTokens: 150_000 }))).slice(-4);
    expect(grown).toEqual(['512', '2,048', expect.stringMatching(/^\d+$/), expect.stringMatching(/^1\d\dk$/)]);
    const steady = numbersIn(scheduleSummary(planned({ accumulation: 4 })));
    expect(steady).not.toContain('2,048');
    expect(scheduleSummary(planned({ accumulation: 4, rampTokens: 1e9 }))).toContain(SCHEDULE_COPY.rampTooLong('512'));
  });
});
