// The watch over the loss: what it lets pass, what stops a run, and the cause it names.
import { describe, expect, it } from 'vitest';
import { Random } from '../random/random.ts';
import { DEFAULT_CONFIG, type TrainingConfig } from '../config/runConfig.ts';
import { DivergenceWatch } from './divergence.ts';

const { training } = DEFAULT_CONFIG;
const { contextLength } = DEFAULT_CONFIG.model;
const STEP_TOKENS = training.batchSize * contextLength;

/** Observes a loss many times. @returns the first verdict, and after how many losses it came. */
function repeat(watch: DivergenceWatch, loss: number, times: number, settings: TrainingConfig = training) {
  for (let count = 1; count <= times; count++) {
    const verdict = watch.observe(loss, 1, settings, contextLength);
    if (verdict !== undefined) return { verdict, count };
  }
  return undefined;
}

describe('DivergenceWatch', () => {
  it.each([
    [Number.NaN, 1],
    [Number.POSITIVE_INFINITY, 1],
    [2, Number.NaN],
    [2, Number.POSITIVE_INFINITY],
  ])('stops at once at a loss of %f with a gradient of %f', (loss, gradientNorm) => {
    const watch = new DivergenceWatch();
    expect(watch.observe(3, 1, training, contextLength)).toBeUndefined();
    const state = watch.state();
    expect(watch.observe(loss, gradientNorm, training, contextLength)).toContain('NaN');
    expect(watch.state()).toEqual(state);
  });

  it('lets a loss fall, wobble and stand still', () => {
    const watch = new DivergenceWatch();
    for (let step = 0; step < 500; step++) {
      const loss = 2 + 5 * Math.exp(-step / 50) + 0.8 * Math.sin(step);
      expect(watch.observe(loss, 1, training, contextLength)).toBeUndefined();
    }
    expect(repeat(watch, 3, 500)).toBeUndefined();
  });

  it('lets a single high loss pass, but not one that stays high', () => {
    const watch = new DivergenceWatch();
    expect(repeat(watch, 2, 200)).toBeUndefined();
    expect(watch.observe(12, 1, training, contextLength)).toBeUndefined();
    expect(repeat(watch, 2, 200)).toBeUndefined();
    const stopped = repeat(watch, 6, 200);
    expect(stopped?.count).toBeGreaterThan(2);
    expect(stopped?.verdict).toMatch(/2\.\d\d to 3\.\d\d/);
  });

  it('judges a run that was saved and goes on as it would have judged it', () => {
    const watch = new DivergenceWatch();
    repeat(watch, 2, 100);
    repeat(watch, 6, 5);
    const resumed = new DivergenceWatch(JSON.parse(JSON.stringify(watch.state())));
    expect(repeat(resumed, 6, 100)).toEqual(repeat(watch, 6, 100));
    expect(new DivergenceWatch().state()).toEqual({ smoothed: null, best: null });
  });

  it.each([
    { settings: { clipNorm: 0, learningRate: 0.5 }, cause: 'not clipped' },
    { settings: { learningRate: 0.5 }, cause: 'learning rate of 0.5 is very high' },
    { settings: { learningRate: 0.5, optimizer: 'sgd' as const }, cause: 'too high for this model' },
    { settings: { warmupTokens: 0 }, cause: '25,600' },
    { settings: { warmupTokens: 10 * STEP_TOKENS - 1 }, cause: 'warm-up' },
    { settings: { warmupTokens: 10 * STEP_TOKENS }, cause: 'too high for this model' },
    {
      settings: { warmupTokens: 10 * STEP_TOKENS, accumulation: 4 },
      cause: '102,400',
    },
    // The first steps of a long ramp take one batch.
    { settings: { warmupTokens: 10 * STEP_TOKENS, accumulation: 4, rampTokens: 1e6 }, cause: 'too high' },
  ])('names "$cause" as the cause', ({ settings, cause }) => {
    const settled = { ...training, ...settings };
    expect(new DivergenceWatch().observe(Number.NaN, 1, settled, contextLength)).toContain(cause);
  });
});

describe('a watch over few predictions per step', () => {
  /** Losses of a model that stays as it is: the mean of some predictions, each off by two nats or so. */
  function stoppedOf(predictions: number, rise = 0): number {
    let stopped = 0;
    for (let run = 0; run < 20; run++) {
      const random = new Random(17, run);
      const watch = new DivergenceWatch(undefined, predictions);
      for (let step = 0; step < 2000; step++) {
        let loss = 3 + (step > 1000 ? rise : 0);
        for (let i = 0; i < predictions; i++) loss += (2 * random.normal()) / predictions;
        if (watch.observe(loss, 1, training, contextLength) === undefined) continue;
        stopped++;
        break;
      }
    }
    return stopped;
  }

  it.each([1, 2, 4, 8])('stops no healthy run that is asked %i times a step', (predictions) => {
    expect(stoppedOf(predictions)).toBe(0);
  });

  it.each([4, 8])('stops all that unlearn everything, asked %i times a step', (predictions) => {
    expect(stoppedOf(predictions, 4)).toBe(20);
  });
});
