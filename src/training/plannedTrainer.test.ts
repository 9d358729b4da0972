// Training as plans against the same training run eagerly, over many steps: schedule, decay, clipping, dropout and
// accumulation on. And what only plans have: bursts, half precision, a device that is lost under way.
import { afterEach, describe, expect, it } from 'vitest';
import { newTestTrainer, noGpuProblems, openEngine, testPlans } from '../../scripts/testEngine.ts';
import { newTestPlans } from '../../scripts/testPlans.ts';
import {
  DEFAULT_CONFIG,
  GPT3_RECIPE,
  GPT3_SWITCHES,
  type ModelConfig,
  type TrainingConfig,
} from '../config/runConfig.ts';
import { BatchSampler } from '../data/batches.ts';
import { PlanContext } from '../engine/planContext.ts';
import type { Batch } from '../model/languageModel.ts';
import { PlannedModel } from '../model/plannedModel.ts';
import { largestDeviation } from '../ops/testing/deviation.ts';
import { float64Layout } from '../ops/testing/float64Gpt.ts';
import { Random } from '../random/random.ts';
import { PlannedTrainer } from './plannedTrainer.ts';
import type { StepMetrics, Trainer, TrainerSnapshot } from './trainer.ts';

const MODEL: ModelConfig = { ...GPT3_SWITCHES, nLayer: 2, nHead: 2, nEmbd: 16, contextLength: 8, dropout: 0.1 };
const VOCAB_SIZE = 11;
const SHAPE = { ...GPT3_RECIPE, batchSize: 2, accumulation: 2 };
const STEPS = 50;
/** Software devices agree to 5e-7; hardware may compute roots and powers less exactly. */
const TOLERANCE = 1e-4;
const training: TrainingConfig = {
  ...DEFAULT_CONFIG.training,
  ...SHAPE,
  steps: STEPS,
  // Ten steps.
  warmupTokens: 10 * SHAPE.accumulation * SHAPE.batchSize * MODEL.contextLength,
  weightDecay: 0.1,
  clipNorm: 0.5,
};
const stream = ((random) => Int32Array.from({ length: 400 }, () => random.integer(VOCAB_SIZE) ** 2 % VOCAB_SIZE))(
  new Random(81),
);

const newSampler = (): BatchSampler => new BatchSampler(stream, MODEL.contextLength, 7);
const batchesOf = (sampler: BatchSampler): Batch[] =>
  Array.from({ length: SHAPE.accumulation }, () => sampler.next(SHAPE.batchSize));
const stepsOf = (sampler: BatchSampler, count: number): Batch[][] =>
  Array.from({ length: count }, () => batchesOf(sampler));
const newTrainer = (engine: 'cpu' | 'plan', seed: number, snapshot?: TrainerSnapshot): Promise<Trainer> =>
  newTestTrainer(engine, MODEL, VOCAB_SIZE, SHAPE, seed, snapshot);

/** Softmax cancels a key's bias: its gradient is rounding alone, and so is its way. */
const isKeyBias = float64Layout({ ...MODEL, vocabSize: VOCAB_SIZE }).flatMap(([name, size]) =>
  Array.from({ length: size }, (_, i) => name.endsWith('qkvBias') && Math.floor(i / MODEL.nEmbd) === 1),
);
const compared = (values: ArrayLike<number>): number[] => Array.from(values).filter((_, i) => !isKeyBias[i]);

/** All steps from the start, in bursts. */
async function train(
  trainer: Trainer,
  settings: TrainingConfig,
  burst = STEPS,
): Promise<{ metrics: StepMetrics[]; end: TrainerSnapshot }> {
  const sampler = newSampler();
  const metrics: StepMetrics[] = [];
  while (metrics.length < STEPS) metrics.push(...(await trainer.advance(stepsOf(sampler, burst), settings)));
  return { metrics, end: await trainer.snapshot() };
}

afterEach(noGpuProblems);

describe('training as plans', { timeout: 120_000 }, () => {
  it.each([{ learningRate: 3e-3 }, { learningRate: 4e-4 }])(
    'takes the way of eager training for 50 steps at a rate of $learningRate',
    async ({ learningRate }) => {
      const settings = { ...training, learningRate };
      const eager = await newTrainer('cpu', 1);
      const expected = await train(eager, settings);
      eager.dispose();
      const planned = await newTrainer('plan', 1);
      const { metrics, end } = await train(planned, settings);
      planned.dispose();
      metrics.forEach(({ step, loss, gradientNorm, learningRate }, i) => {
        const other = expected.metrics[i];
        expect(step).toBe(i + 1);
        expect(learningRate).toBe(other?.learningRate);
        expect(Math.abs(loss / (other?.loss ?? 0) - 1), `loss of step ${step}`).toBeLessThan(TOLERANCE);
        expect(Math.abs(gradientNorm / (other?.gradientNorm ?? 0) - 1), `norm of step ${step}`).toBeLessThan(TOLERANCE);
      });
      expect(end.step).toBe(STEPS);
      for (const name of ['parameters', 'firstMoment', 'secondMoment'] as const) {
        expect(largestDeviation(compared(end[name]), compared(expected.end[name])), name).toBeLessThan(TOLERANCE);
      }
      // Clipping was on, in some steps and not in all, the rate rose and fell, and something was learned.
      const norms = metrics.map(({ gradientNorm }) => gradientNorm);
      expect(Math.max(...norms)).toBeGreaterThan(training.clipNorm);
      expect((metrics[0]?.loss ?? 0) - (metrics.at(-1)?.loss ?? 0)).toBeGreaterThan(0.02);
    },
  );

  it('is the same to the bit for the same seed, whatever the bursts, and another for another', async () => {
    const settings = { ...training, learningRate: 3e-3 };
    const run = async (seed: number, burst: number) => {
      const trainer = await newTrainer('plan', seed);
      const result = await train(trainer, settings, burst);
      trainer.dispose();
      return result;
    };
    const first = await run(2, STEPS);
    expect(await run(2, 5)).toEqual(first);
    const other = await run(3, STEPS);
    expect(other.metrics.every(({ loss }, i) => loss !== first.metrics[i]?.loss)).toBe(true);
    expect(other.end.parameters).not.toEqual(first.end.parameters);
  });

  it('goes on from a snapshot to the bit, on a trainer and at a rate of its own', async () => {
    const settings = { ...training, learningRate: 3e-3 };
    const later = { ...settings, learningRate: 1e-3, clipNorm: 0, weightDecay: 0 };
    const whole = await newTrainer('plan', 4);
    const sampler = newSampler();
    const [early, late] = [stepsOf(sampler, 7), stepsOf(sampler, 9)];
    await whole.advance(early, settings);
    const snapshot = await whole.snapshot();
    const uninterrupted = await whole.advance(late, later);
    const end = await whole.snapshot();
    whole.dispose();
    const resumed = await newTrainer('plan', 4, snapshot);
    expect(resumed.step).toBe(7);
    expect(await resumed.advance(late, later)).toEqual(uninterrupted);
    expect(await resumed.snapshot()).toEqual(end);
    resumed.dispose();
  });

  it('refuses steps of another shape before it takes any', async () => {
    const trainer = await newTrainer('plan', 6);
    const [good = []] = stepsOf(newSampler(), 1);
    const short = { inputs: Int32Array.of(1), targets: Int32Array.of(2), contextLength: 1 };
    expect(await trainer.advance([], training)).toEqual([]);
    await expect(trainer.advance([good, []], training)).rejects.toThrow(RangeError);
    await expect(trainer.advance([good, [...good, ...good.slice(1)]], training)).rejects.toThrow(
      'A step of this run takes 1 to 2 batches of 2 × 8 tokens.',
    );
    await expect(trainer.advance([good, [short, short]], training)).rejects.toThrow(RangeError);
    const [metrics] = await trainer.advance([good], training);
    expect(metrics?.step).toBe(1);
    const fresh = await newTrainer('plan', 6);
    expect(await fresh.advance([good], training)).toEqual([metrics]);
    expect(await trainer.snapshot()).toEqual(await fresh.snapshot());
    trainer.dispose();
    fresh.dispose();
  });

  it('measures its steps and is afterwards where it was', async () => {
    const trainer = await newTrainer('plan', 8);
    if (!(trainer instanceof PlannedTrainer)) throw new TypeError('The engine for plans makes trainers that plan.');
    const sampler = newSampler();
    await trainer.advance(stepsOf(sampler, 2), training);
    const before = await trainer.snapshot();
    const profile = await trainer.profile(() => performance.now());
    expect(await trainer.snapshot()).toEqual(before);
    const dispatches = trainer.plans.flatMap((plan) => plan.dispatches.map(({ label }) => label));
    expect(profile.dispatches.map(({ label }) => label)).toEqual(dispatches);
    expect(profile.stepMilliseconds).toBeGreaterThan(0);
    expect(profile.tokensPerStep).toBe(SHAPE.batchSize * MODEL.contextLength);
    const next = stepsOf(sampler, 2);
    const metrics = await trainer.advance(next, training);
    const undisturbed = await newTrainer('plan', 8, before);
    expect(await undisturbed.advance(next, training)).toEqual(metrics);
    trainer.dispose();
    undisturbed.dispose();
  });
});

describe('a device that is lost', () => {
  it('fails the steps under way and those asked for later, and lets all be disposed of', async () => {
    await openEngine('cpu');
    const plans = await newTestPlans();
    const trainer = await PlannedTrainer.create(new PlannedModel(plans, MODEL, VOCAB_SIZE), plans, SHAPE, 1);
    const sampler = newSampler();
    await trainer.advance(stepsOf(sampler, 2), training);
    const under = trainer.advance(stepsOf(sampler, 50), training);
    plans.device.destroy();
    await expect(under).rejects.toMatchObject({ name: 'AbortError' });
    await plans.device.lost;
    await expect(trainer.advance(stepsOf(sampler, 1), training)).rejects.toMatchObject({ name: 'AbortError' });
    await expect(trainer.snapshot()).rejects.toMatchObject({ name: 'AbortError' });
    expect(trainer.step).toBe(2);
    trainer.dispose();
  });
});

describe('half precision', { timeout: 120_000 }, async () => {
  const { traits } = await testPlans();

  it('is refused with a sentence where the device lacks it', async () => {
    const { device, tuner, traits } = await testPlans();
    expect(() => new PlanContext(device, { ...traits, shaderF16: false }, tuner, 'f16')).toThrow(
      'This graphics device cannot compute in half precision (it lacks the feature shader-f16).',
    );
  });

  it.each(traits.shaderF16 ? ['f16' as const] : [])(
    '%s follows single precision within two in a hundred for 30 steps, in less memory',
    async (precision) => {
      const settings = { ...training, learningRate: 3e-3 };
      const steps = stepsOf(newSampler(), 30);
      const { device, tuner } = await testPlans();
      const run = async (precision: 'f32' | 'f16') => {
        await openEngine('plan');
        const plans = new PlanContext(device, traits, tuner, precision);
        const trainer = await PlannedTrainer.create(new PlannedModel(plans, MODEL, VOCAB_SIZE), plans, SHAPE, 9);
        const metrics = await trainer.advance(steps, settings);
        const { activations } = trainer.memory;
        trainer.dispose();
        return { losses: metrics.map(({ loss }) => loss), activations };
      };
      const [single, half] = [await run('f32'), await run(precision)];
      expect(half.losses).toHaveLength(30);
      half.losses.forEach((loss, i) => {
        expect(Math.abs(loss / (single.losses[i] ?? 0) - 1), `step ${i + 1}`).toBeLessThan(0.02);
      });
      expect(half.losses).not.toEqual(single.losses);
      expect(half.activations).toBeLessThan(single.activations);
    },
  );
});
