// The planned schedule as points and as a sentence.
import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG, SCHEDULES, type TrainingConfig } from '../../config/runConfig.ts';
import { learningRateAt } from '../../config/schedule.ts';
import { withTraining } from '../../config/withSettings.ts';
import { schedulePoints, scheduleSummary } from './plannedSchedule.ts';

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

describe('scheduleSummary', () => {
  it.each<[string, Partial<TrainingConfig>, string]>([
    [
      'the default',
      {},
      'The learning rate rises to 0.003 until step 50 (25.6k tokens), then falls along a cosine to 0.0003 at step 1,000 (512k tokens).',
    ],
    [
      'a cold start',
      { warmupTokens: 0, schedule: 'linear' },
      'The learning rate starts at 0.003, then falls in a straight line to 0.0003 at step 1,000 (512k tokens).',
    ],
    [
      'a constant rate',
      { schedule: 'constant', decayTokens: 100_000 },
      'The learning rate rises to 0.003 until step 50 (25.6k tokens), then stays there until step 1,000 (512k tokens).',
    ],
    [
      'a fall that ends early',
      { decayTokens: 256_000 },
      'The learning rate rises to 0.003 until step 50 (25.6k tokens), then falls along a cosine to 0.0003 at step 500 (256k tokens), where it stays until step 1,000 (512k tokens).',
    ],
    [
      'a fall cut off',
      { decayTokens: 5_000_000, schedule: 'linear', warmupTokens: 0 },
      'The learning rate starts at 0.003, then falls in a straight line to 0.00272 at step 1,000 (512k tokens), before its fall is over.',
    ],
    [
      'a warm-up beyond the end',
      { steps: 10 },
      'The learning rate rises all the way, to 0.0006 at step 10 (5.12k tokens).',
    ],
  ])('says %s', (_, training, summary) => {
    expect(scheduleSummary(planned(training))).toBe(summary);
  });

  it('says when a stable rate begins to fall', () => {
    const summary = scheduleSummary(planned({ schedule: 'warmup-stable-decay' }));
    const [, stableUntil] = /stays there until step ([\d,]+) /.exec(summary) ?? [];
    const step = Number(stableUntil?.replaceAll(',', ''));
    const { training } = planned({ schedule: 'warmup-stable-decay' });
    expect(learningRateAt(step, training, 64)).toBe(training.learningRate);
    expect(learningRateAt(step + 1, training, 64)).toBeLessThan(training.learningRate);
    expect(summary).toContain('then falls to 0.0003 at step 1,000');
  });

  it('says how the batches grow', () => {
    const summary = scheduleSummary(planned({ accumulation: 4, rampTokens: 150_000 }));
    expect(summary).toMatch(/A step grows from 512 to 2,048 tokens until step \d+ \(1\d\dk tokens\)\.$/);
    expect(scheduleSummary(planned({ accumulation: 4 }))).not.toContain('grows');
    expect(scheduleSummary(planned({ accumulation: 4, rampTokens: 1e9 }))).toContain('A step stays at 512 tokens:');
  });
});
