// Every optimizer over 30 steps with schedule, clipping, decay, batch ramp, accumulation and an objective of its own:
// eagerly and as plans against plain double-precision loops and one another; repeatable, exactly resumed, and without
// effect where the loss is no number.
import { afterEach, describe, expect, it } from 'vitest';
import { newTestTrainer, noGpuProblems, type TestEngine } from '../../scripts/testEngine.ts';
import { ADAM_EPSILON, DEFAULT_CONFIG, GPT3_SWITCHES, OPTIMIZERS, type TrainingConfig } from '../config/runConfig.ts';
import { batchesAt, learningRateAt } from '../config/schedule.ts';
import { BatchSampler } from '../data/batches.ts';
import type { Batch } from '../model/languageModel.ts';
import { parameterLayout } from '../model/parameters.ts';
import { differenceGradient, largestDeviation, randomOperand } from '../ops/testing/deviation.ts';
import { float64Norm, float64State, type Float64State } from '../ops/testing/float64AdamW.ts';
import { float64CrossEntropy, float64Gpt, float64Layout, type Float64Shape } from '../ops/testing/float64Gpt.ts';
import { float64Objective } from '../ops/testing/float64Objective.ts';
import { float64Step } from '../ops/testing/float64Optimizers.ts';
import { Random } from '../random/random.ts';
import type { StepMetrics, Trainer, TrainerSnapshot } from './trainer.ts';

const ENGINES = ['cpu', 'plan'] as const satisfies readonly TestEngine[];
const SHAPE: Float64Shape = { nLayer: 1, nHead: 2, nEmbd: 4, contextLength: 4, vocabSize: 5 };
const STEPS = 30;
const stream = ((random) => Int32Array.from({ length: 200 }, () => random.integer(SHAPE.vocabSize)))(new Random(71));

const BATCH_TOKENS = 2 * SHAPE.contextLength;
const SETTINGS: Readonly<Record<(typeof OPTIMIZERS)[number], Partial<TrainingConfig>>> = {
  adamw: { learningRate: 0.02, schedule: 'cosine', labelSmoothing: 0.1 },
  adam: { learningRate: 0.02, schedule: 'linear', beta1: 0.8, beta2: 0.99, zLoss: 0.01 },
  sgd: { learningRate: 0.1, schedule: 'warmup-stable-decay' },
  muon: { learningRate: 0.02, schedule: 'constant', zLoss: 0.01, labelSmoothing: 0.1 },
};
const trainingWith = (optimizer: TrainingConfig['optimizer']): TrainingConfig => ({
  ...DEFAULT_CONFIG.training,
  optimizer,
  batchSize: 2,
  // Six steps of one batch, three of two, and then three each.
  accumulation: 3,
  rampTokens: 12 * BATCH_TOKENS,
  warmupTokens: 8 * BATCH_TOKENS,
  steps: STEPS,
  clipNorm: 0.4,
  weightDecay: 0.3,
  ...SETTINGS[optimizer],
});

const newTrainer = (
  engine: TestEngine,
  training: TrainingConfig,
  dropout: number,
  snapshot?: TrainerSnapshot,
): Promise<Trainer> =>
  newTestTrainer(engine, { ...GPT3_SWITCHES, ...SHAPE, dropout }, SHAPE.vocabSize, training, 1, snapshot);

/** The batches of all steps, as many each as the ramp says. */
function stepsOf(training: TrainingConfig): Batch[][] {
  const sampler = new BatchSampler(stream, SHAPE.contextLength, 7);
  return Array.from({ length: STEPS }, (_, i) =>
    Array.from({ length: batchesAt(i + 1, training, SHAPE.contextLength) }, () => sampler.next(2)),
  );
}

/** A snapshot at step 0 with parameters far from the first values. */
function livelyStart(): TrainerSnapshot {
  const random = new Random(72);
  const parameters = Float32Array.from(
    float64Layout(SHAPE).flatMap(([name, size]) => [
      ...randomOperand(random, [size], 0.4, name.endsWith('Gain') ? 1 : 0).values,
    ]),
  );
  const zeros = (): Float32Array => new Float32Array(parameters.length);
  return { step: 0, parameters, firstMoment: zeros(), secondMoment: zeros() };
}

function crossEntropyOf({ parameters }: TrainerSnapshot, batch: Batch | undefined): number {
  const { inputs = [], targets = [] } = batch ?? {};
  return float64CrossEntropy(
    float64Gpt(SHAPE, Float64Array.from(parameters), inputs, SHAPE.contextLength).logits,
    targets,
  );
}

interface LoopRun extends Float64State {
  readonly losses: number[];
  readonly norms: number[];
}

function trainInLoops(start: TrainerSnapshot, training: TrainingConfig): LoopRun {
  const state = float64State(start.parameters);
  const decays = float64Layout(SHAPE).flatMap(([name, size]) =>
    new Array<number>(size).fill(/Weight|Embedding/.test(name) ? 1 : 0),
  );
  const matrices = parameterLayout({ ...GPT3_SWITCHES, ...SHAPE, dropout: 0 }, SHAPE.vocabSize)
    .specs.filter(({ name }) => /^blocks\.\d+\.\w+Weight$/.test(name))
    .map(({ offset, shape: [rows = 0, columns = 0] }) => ({ offset, rows, columns }));
  expect(matrices).toHaveLength(4 * SHAPE.nLayer);
  const run: LoopRun = { ...state, losses: [], norms: [] };
  stepsOf(training).forEach((batches, i) => {
    const lossOf = (x: Float64Array): number =>
      batches.reduce((sum, { inputs, targets }) => {
        const { logits } = float64Gpt(SHAPE, x, inputs, SHAPE.contextLength);
        return sum + float64Objective(logits, targets, training) / batches.length;
      }, 0);
    const gradient = differenceGradient(lossOf, state.parameters);
    run.losses.push(lossOf(state.parameters));
    run.norms.push(float64Norm(gradient));
    const learningRate = learningRateAt(i + 1, training, SHAPE.contextLength);
    const settings = { ...training, epsilon: ADAM_EPSILON, step: i + 1, learningRate };
    float64Step(training.optimizer, state, gradient, decays, matrices, settings);
  });
  return run;
}

/** Softmax cancels a key's bias: its gradient is rounding alone, and so is its way. */
const isKeyBias = float64Layout(SHAPE).flatMap(([name, size]) =>
  Array.from({ length: size }, (_, i) => name.endsWith('qkvBias') && Math.floor(i / SHAPE.nEmbd) === 1),
);
const compared = (values: ArrayLike<number>): number[] => Array.from(values).filter((_, i) => !isKeyBias[i]);

async function train(trainer: Trainer, steps: readonly (readonly Batch[])[], training: TrainingConfig, burst = 7) {
  const metrics: StepMetrics[] = [];
  for (let at = 0; at < steps.length; at += burst) {
    metrics.push(...(await trainer.advance(steps.slice(at, at + burst), training)));
  }
  return metrics;
}

afterEach(noGpuProblems);

describe.each(OPTIMIZERS)('%s', { timeout: 120_000 }, (optimizer) => {
  const training = trainingWith(optimizer);

  it(`takes the way of plain loops for ${STEPS} steps, eagerly and as plans`, async () => {
    const start = livelyStart();
    const steps = stepsOf(training);
    expect(new Set(steps.map(({ length }) => length))).toEqual(new Set([1, 2, 3]));
    const expected = trainInLoops(start, training);
    const ends: TrainerSnapshot[] = [];
    for (const engine of ENGINES) {
      const trainer = await newTrainer(engine, training, 0, start);
      // What is measured is cross-entropy, whatever is trained for.
      const [measured = Number.NaN] = await trainer.model.losses(steps[0] ?? []);
      expect(Math.abs(measured / crossEntropyOf(start, steps[0]?.[0]) - 1)).toBeLessThan(1e-5);
      const metrics = await train(trainer, steps, training);
      metrics.forEach(({ step, loss, gradientNorm, learningRate }, i) => {
        expect(step).toBe(i + 1);
        expect(learningRate).toBe(learningRateAt(step, training, SHAPE.contextLength));
        expect(Math.abs(loss / (expected.losses[i] ?? 0) - 1), `loss of step ${step}`).toBeLessThan(1e-4);
        expect(Math.abs(gradientNorm / (expected.norms[i] ?? 0) - 1), `norm of step ${step}`).toBeLessThan(1e-3);
      });
      const end = await trainer.snapshot();
      for (const name of ['parameters', 'firstMoment', 'secondMoment'] as const) {
        expect(largestDeviation(compared(end[name]), compared(expected[name])), `${engine} ${name}`).toBeLessThan(1e-3);
      }
      ends.push(end);
      trainer.dispose();
    }
    const [eager, planned] = ends;
    for (const name of ['parameters', 'firstMoment', 'secondMoment'] as const) {
      const deviation = largestDeviation(compared(planned?.[name] ?? []), compared(eager?.[name] ?? []));
      expect(deviation, name).toBeLessThan(1e-4);
    }
    // Clipping was on, and something was learned, if only of random tokens.
    expect(Math.max(...expected.norms)).toBeGreaterThan(training.clipNorm);
    expect((expected.losses[0] ?? 0) - (expected.losses.at(-1) ?? 0)).toBeGreaterThan(0.05);
    // What has no second moment leaves it zero.
    expect(planned?.secondMoment.every((value) => value === 0)).toBe(optimizer === 'sgd');
  });

  it.each(ENGINES)(
    'is the same to the bit on %s whatever the bursts, and goes on from a snapshot exactly',
    async (engine) => {
      const steps = stepsOf(training).slice(0, 12);
      const whole = await newTrainer(engine, training, 0.2);
      const metrics = await train(whole, steps, training, steps.length);
      const end = await whole.snapshot();
      whole.dispose();

      const first = await newTrainer(engine, training, 0.2);
      const before = await train(first, steps.slice(0, 7), training, 1);
      const snapshot = structuredClone(await first.snapshot());
      first.dispose();
      const second = await newTrainer(engine, training, 0.2, snapshot);
      expect([...before, ...(await train(second, steps.slice(7), training, 2))]).toEqual(metrics);
      expect(await second.snapshot()).toEqual(end);
      second.dispose();
    },
  );

  it.each(ENGINES)('changes nothing on %s in a step whose loss is no number', async (engine) => {
    const steps = stepsOf(training).slice(0, 9);
    const healthy = await newTrainer(engine, training, 0);
    await train(healthy, steps.slice(0, 8), training);
    const { parameters, ...rest } = await healthy.snapshot();
    healthy.dispose();
    // Row 0 of the token embedding.
    const poisoned: TrainerSnapshot = { ...rest, parameters: parameters.slice().fill(Number.NaN, 0, SHAPE.nEmbd) };
    const trainer = await newTrainer(engine, training, 0, poisoned);
    const [metrics] = await trainer.advance(steps.slice(8), training);
    expect(Number.isFinite(metrics?.loss)).toBe(false);
    expect(trainer.step).toBe(8);
    expect(await trainer.snapshot()).toEqual(poisoned);
    trainer.dispose();
  });
});
