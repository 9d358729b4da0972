// Training steps on every engine: the same as in plain double-precision loops, repeatable to the bit, exactly resumed,
// and without effect where the loss is no number. What only plans promise is `plannedTrainer.test.ts`.
import { afterEach, describe, expect, it } from 'vitest';
import { newTestTrainer, noGpuProblems, TEST_ENGINES, type TestEngine } from '../../scripts/testEngine.ts';
import { DEFAULT_CONFIG, type ModelConfig, type TrainingConfig, GPT3_SWITCHES } from '../config/runConfig.ts';
import { BatchSampler } from '../data/batches.ts';
import { heldMemory } from '../engine/backends.ts';
import { differenceGradient, largestDeviation, randomOperand } from '../ops/testing/deviation.ts';
import { float64CrossEntropy, float64Gpt, float64Layout, type Float64Shape } from '../ops/testing/float64Gpt.ts';
import { Random } from '../random/random.ts';
import type { StepMetrics, Trainer, TrainerSnapshot } from './trainer.ts';

const SHAPE: Float64Shape = { nLayer: 1, nHead: 2, nEmbd: 4, contextLength: 4, vocabSize: 5 };
const BATCH_SIZE = 2;
const stream = ((random) => Int32Array.from({ length: 60 }, () => random.integer(SHAPE.vocabSize)))(new Random(51));

const configOf = (dropout: number): ModelConfig => ({ ...GPT3_SWITCHES, ...SHAPE, dropout });
const training: TrainingConfig = {
  ...DEFAULT_CONFIG.training,
  learningRate: 0.02,
  // Three steps.
  warmupTokens: 3 * BATCH_SIZE * SHAPE.contextLength,
  steps: 12,
  clipNorm: 0.4,
  weightDecay: 0.3,
  batchSize: BATCH_SIZE,
};

const newTrainer = (
  engine: TestEngine,
  seed: number,
  dropout: number,
  snapshot?: TrainerSnapshot,
  accumulation = 1,
): Promise<Trainer> => {
  const shape = { batchSize: BATCH_SIZE, accumulation };
  return newTestTrainer(engine, configOf(dropout), SHAPE.vocabSize, shape, seed, snapshot);
};
const newSampler = (): BatchSampler => new BatchSampler(stream, SHAPE.contextLength, 7);

async function advance(trainer: Trainer, sampler: BatchSampler, steps: number): Promise<StepMetrics[]> {
  const metrics: StepMetrics[] = [];
  for (let i = 0; i < steps; i++) metrics.push(...(await trainer.advance([[sampler.next(BATCH_SIZE)]], training)));
  return metrics;
}

/** A snapshot at step 0 with parameters far from the first values. */
function livelyStart(): TrainerSnapshot {
  const random = new Random(52);
  const parameters = Float32Array.from(
    float64Layout(SHAPE).flatMap(([name, size]) => [
      ...randomOperand(random, [size], 0.4, name.endsWith('Gain') ? 1 : 0).values,
    ]),
  );
  const zeros = (): Float32Array => new Float32Array(parameters.length);
  return { step: 0, parameters, firstMoment: zeros(), secondMoment: zeros() };
}

interface LoopRun {
  readonly losses: number[];
  readonly norms: number[];
  readonly rates: number[];
  readonly parameters: Float64Array;
}

/** The same training in plain loops: gradients by differences, schedule, clipping, AdamW with decay on matrices. */
function trainInLoops(start: TrainerSnapshot, steps: number): LoopRun {
  const p = Float64Array.from(start.parameters);
  const m = new Float64Array(p.length);
  const v = new Float64Array(p.length);
  const decays = float64Layout(SHAPE).flatMap(([name, size]) =>
    new Array<boolean>(size).fill(/Weight|Embedding/.test(name)),
  );
  const sampler = newSampler();
  const run: LoopRun = { losses: [], norms: [], rates: [], parameters: p };
  for (let step = 1; step <= steps; step++) {
    const { inputs, targets } = sampler.next(BATCH_SIZE);
    const lossOf = (x: Float64Array): number =>
      float64CrossEntropy(float64Gpt(SHAPE, x, inputs, SHAPE.contextLength).logits, targets);
    const gradient = differenceGradient(lossOf, p);
    const norm = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
    const progress = Math.min(1, (step - 3) / (12 - 3));
    const rate = step <= 3 ? (0.02 * step) / 3 : 0.002 + 0.009 * (1 + Math.cos(Math.PI * progress));
    run.losses.push(lossOf(p));
    run.norms.push(norm);
    run.rates.push(rate);
    for (let i = 0; i < p.length; i++) {
      const g = (gradient[i] ?? 0) * Math.min(1, 0.4 / norm);
      m[i] = 0.9 * (m[i] ?? 0) + 0.1 * g;
      v[i] = 0.95 * (v[i] ?? 0) + 0.05 * g * g;
      const update = (m[i] ?? 0) / (1 - 0.9 ** step) / (Math.sqrt((v[i] ?? 0) / (1 - 0.95 ** step)) + 1e-8);
      p[i] = (p[i] ?? 0) * (decays[i] ? 1 - rate * 0.3 : 1) - rate * update;
    }
  }
  return run;
}

/** Whether entry i of the flat parameters is a key's bias: softmax cancels it, so its gradient is rounding alone. */
const isKeyBias = float64Layout(SHAPE).flatMap(([name, size]) =>
  Array.from({ length: size }, (_, i) => name.endsWith('qkvBias') && Math.floor(i / SHAPE.nEmbd) === 1),
);

afterEach(noGpuProblems);

describe.each(TEST_ENGINES)('training on %s', { timeout: 60_000 }, (engine) => {
  it('drops something else in every step and for every seed', async () => {
    const batch = newSampler().next(BATCH_SIZE);
    const still = { ...training, learningRate: 0 };
    const twoLosses = async (seed: number, dropout: number): Promise<(number | undefined)[]> => {
      const trainer = await newTrainer(engine, seed, dropout, livelyStart());
      const losses: (number | undefined)[] = [];
      for (let step = 0; step < 2; step++) losses.push((await trainer.advance([[batch]], still))[0]?.loss);
      trainer.dispose();
      return losses;
    };
    expect(new Set(await twoLosses(1, 0)).size).toBe(1);
    expect(new Set([...(await twoLosses(1, 0.3)), ...(await twoLosses(2, 0.3))]).size).toBe(4);
  });

  const steps = 20;

  it(`follows plain loops for ${steps} steps, with schedule, clipping and decay on matrices only`, async () => {
    const start = livelyStart();
    const expected = trainInLoops(start, steps);
    const trainer = await newTrainer(engine, 1, 0, start);
    const metrics = await advance(trainer, newSampler(), steps);
    expect(metrics.map(({ step }) => step)).toEqual(Array.from({ length: steps }, (_, i) => i + 1));
    metrics.forEach(({ loss, gradientNorm, learningRate }, i) => {
      expect(learningRate).toBeCloseTo(expected.rates[i] ?? Number.NaN, 12);
      expect(Math.abs(loss - (expected.losses[i] ?? Number.NaN)), `loss of step ${i + 1}`).toBeLessThan(1e-4);
      expect(Math.abs(gradientNorm / (expected.norms[i] ?? Number.NaN) - 1), `norm ${i + 1}`).toBeLessThan(1e-3);
    });
    // Clipping was on in every step, and training did something.
    expect(Math.min(...expected.norms)).toBeGreaterThan(training.clipNorm);
    expect(Math.abs((expected.losses[0] ?? 0) - (expected.losses.at(-1) ?? 0))).toBeGreaterThan(0.1);
    const { parameters } = await trainer.snapshot();
    const tested = (values: ArrayLike<number>): number[] => Array.from(values).filter((_, i) => !isKeyBias[i]);
    expect(largestDeviation(tested(parameters), tested(expected.parameters))).toBeLessThan(1e-3);
    trainer.dispose();
  });

  it('gives the same losses to the bit for the same seed, and others for another', async () => {
    const run = async (seed: number, count = 3): Promise<number[]> => {
      const trainer = await newTrainer(engine, seed, 0.2);
      const metrics = await advance(trainer, newSampler(), count);
      trainer.dispose();
      return metrics.flatMap(({ loss, gradientNorm }) => [loss, gradientNorm]);
    };
    const first = await run(1);
    expect(await run(1)).toEqual(first);
    const other = await run(2, 1);
    expect(other.every((value, i) => value !== first[i])).toBe(true);
  });

  it('goes on from a snapshot exactly as if it had not been interrupted', async () => {
    const whole = await newTrainer(engine, 3, 0.2);
    const uninterrupted = await advance(whole, newSampler(), 6);
    const end = await whole.snapshot();
    whole.dispose();

    const before = await newTrainer(engine, 3, 0.2);
    const sampler = newSampler();
    const firstHalf = await advance(before, sampler, 3);
    const snapshot = await before.snapshot();
    const position = JSON.parse(JSON.stringify(sampler.state()));
    before.dispose();
    expect(snapshot.step).toBe(3);

    const after = await newTrainer(engine, 3, 0.2, snapshot);
    expect(after.step).toBe(3);
    const restored = new BatchSampler(stream, SHAPE.contextLength, 7, position);
    const secondHalf = await advance(after, restored, 3);
    expect([...firstHalf, ...secondHalf]).toEqual(uninterrupted);
    expect(await after.snapshot()).toEqual(end);
    after.dispose();
  });

  it.each([
    { name: 'a parameter that is no number', value: Number.NaN },
    { name: 'parameters too large to compute with', value: 3e38 },
  ])('changes nothing in a step whose loss is no number: $name', async ({ value }) => {
    const healthy = await newTrainer(engine, 4, 0);
    await advance(healthy, newSampler(), 2);
    const { parameters, ...rest } = await healthy.snapshot();
    healthy.dispose();
    // Row 0 of the token embedding.
    const poisoned: TrainerSnapshot = { ...rest, parameters: parameters.slice().fill(value, 0, SHAPE.nEmbd) };
    const trainer = await newTrainer(engine, 4, 0, poisoned);
    const tensors = heldMemory().tensors;
    const [metrics] = await advance(trainer, newSampler(), 1);
    expect(Number.isFinite(metrics?.loss) && Number.isFinite(metrics?.gradientNorm)).toBe(false);
    expect(metrics?.step).toBe(3);
    expect(trainer.step).toBe(2);
    expect(await trainer.snapshot()).toEqual(poisoned);
    expect(heldMemory().tensors).toBe(tensors);
    trainer.dispose();
  });

  it('takes nothing back for a step that went wrong, leaves out those behind it, and can go on', async () => {
    // The last token's embedding is huge and points away from every hidden state, so that only who asks for this token
    // gets a gradient beyond all numbers.
    const rare = SHAPE.vocabSize - 1;
    const { parameters, ...rest } = livelyStart();
    const start = { ...rest, parameters: parameters.slice() };
    start.parameters.fill(1e22, rare * SHAPE.nEmbd, (rare + 1) * SHAPE.nEmbd);
    start.parameters.fill(0, parameters.length - 2 * SHAPE.nEmbd, parameters.length - SHAPE.nEmbd);
    start.parameters.fill(-1, parameters.length - SHAPE.nEmbd);
    const inputs = Int32Array.from({ length: BATCH_SIZE * SHAPE.contextLength }, (_, i) => i % rare);
    const good = [{ inputs, targets: inputs.toReversed(), contextLength: SHAPE.contextLength }];
    const bad = [{ inputs, targets: inputs.with(3, rare), contextLength: SHAPE.contextLength }];
    const slow = { ...training, learningRate: 1e-3 };

    const undisturbed = await newTrainer(engine, 1, 0, start);
    const expected = await undisturbed.advance([good, good, good], slow);
    expect(expected.map(({ step }) => step)).toEqual([1, 2, 3]);

    const trainer = await newTrainer(engine, 1, 0, start);
    const metrics = await trainer.advance([good, bad, good, good], slow);
    expect(metrics).toHaveLength(2);
    expect(metrics[0]).toEqual(expected[0]);
    expect(metrics[1]?.step).toBe(2);
    expect(Number.isFinite(metrics[1]?.gradientNorm)).toBe(false);
    expect(trainer.step).toBe(1);
    expect(await trainer.advance([good, good], slow)).toEqual(expected.slice(1));
    expect(await trainer.snapshot()).toEqual(await undisturbed.snapshot());
    trainer.dispose();
    undisturbed.dispose();
  });

  it('copies its state: a snapshot does not change with further steps', async () => {
    const trainer = await newTrainer(engine, 5, 0);
    const snapshot = await trainer.snapshot();
    const copy = structuredClone(snapshot);
    await advance(trainer, newSampler(), 1);
    expect(snapshot).toEqual(copy);
    const moved = await trainer.snapshot();
    expect(moved.parameters).not.toEqual(copy.parameters);
    trainer.dispose();
  });

  it('takes the mean of a step’s batches: two at once are one of twice the size', async () => {
    const sampler = newSampler();
    const steps = Array.from({ length: 3 }, () => [sampler.next(BATCH_SIZE), sampler.next(BATCH_SIZE)]);
    const joined = steps.map(([a, b]) => ({
      inputs: Int32Array.of(...(a?.inputs ?? []), ...(b?.inputs ?? [])),
      targets: Int32Array.of(...(a?.targets ?? []), ...(b?.targets ?? [])),
      contextLength: SHAPE.contextLength,
    }));
    const several = await newTrainer(engine, 6, 0, livelyStart(), 2);
    const metrics = await several.advance(steps, training);
    const { parameters } = await several.snapshot();
    several.dispose();

    const shape = { batchSize: 2 * BATCH_SIZE, accumulation: 1 };
    const whole = await newTestTrainer(engine, configOf(0), SHAPE.vocabSize, shape, 6, livelyStart());
    const expected = await whole.advance(
      joined.map((batch) => [batch]),
      training,
    );
    metrics.forEach(({ loss, gradientNorm, learningRate }, i) => {
      expect(Math.abs(loss - (expected[i]?.loss ?? Number.NaN)), `loss ${i}`).toBeLessThan(1e-5);
      expect(Math.abs(gradientNorm / (expected[i]?.gradientNorm ?? 0) - 1), `norm ${i}`).toBeLessThan(1e-4);
      expect(learningRate).toBe(expected[i]?.learningRate);
    });
    const tested = (values: ArrayLike<number>): number[] => Array.from(values).filter((_, i) => !isKeyBias[i]);
    expect(largestDeviation(tested(parameters), tested((await whole.snapshot()).parameters))).toBeLessThan(1e-4);
    whole.dispose();
  });

  it('drops something else in each batch of a step', async () => {
    const batch = newSampler().next(BATCH_SIZE);
    const lossOf = async (accumulation: number): Promise<number | undefined> => {
      const trainer = await newTrainer(engine, 7, 0.4, livelyStart(), accumulation);
      const [metrics] = await trainer.advance([new Array<typeof batch>(accumulation).fill(batch)], training);
      trainer.dispose();
      return metrics?.loss;
    };
    // Were the second batch's masks the first's, the mean would be the same.
    expect(Math.abs(((await lossOf(2)) ?? 0) - ((await lossOf(1)) ?? 0))).toBeGreaterThan(1e-4);
  });

  it('takes several steps at once as it takes them one by one, to the bit', async () => {
    const single = await newTrainer(engine, 8, 0.2);
    const expected = await advance(single, newSampler(), 4);
    const burst = await newTrainer(engine, 8, 0.2);
    const sampler = newSampler();
    const steps = Array.from({ length: 4 }, () => [sampler.next(BATCH_SIZE)]);
    expect(await burst.advance(steps, training)).toEqual(expected);
    expect(await burst.snapshot()).toEqual(await single.snapshot());
    single.dispose();
    burst.dispose();
  });
});
