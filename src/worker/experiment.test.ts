// An experiment on small models: what it tells in which order, equal tokens for all, how it ends, and that nothing stays.
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { prepareData, SMALL_CONFIG, smallConfig } from '../../scripts/smallRun.ts';
import { useBackend } from '../../scripts/testBackend.ts';
import { testPlans } from '../../scripts/testPlans.ts';
import { bandOfLayer } from '../config/modelShape.ts';
import { estimate } from '../config/estimate.ts';
import type { RunConfig } from '../config/runConfig.ts';
import { withTraining } from '../config/withSettings.ts';
import type { TokenStream } from '../data/dataset.ts';
import { trackMemory } from '../engine/gpuMemory.ts';
import * as tf from '../engine/tf.ts';
import type { ExperimentPoint, ExperimentUpdate, ExperimentVariant } from '../protocol/messages.ts';
import { Random } from '../random/random.ts';
import { experimentVariants, type ExperimentSettings } from '../state/experimentVariants.ts';
import { yieldToEvents } from './yieldToEvents.ts';
import { checkpointSteps, runExperiment, type ExperimentSurroundings } from './experiment.ts';
import type { SizedRun } from './freeMemory.ts';
import { requireComparable, requireRoom } from './experimentRequest.ts';
import { FaultError, toFault } from './fault.ts';
import type { PreparedData } from './preparedData.ts';
import { DeviceTurns } from './turns.ts';

const SETTINGS: ExperimentSettings = { steps: 24, rates: 'same', size: 'draft' };
const IDS = ['gpt3', 'blog-last', 'blog-mean', 'gpt3-unmasked'];

let data: PreparedData;
let variants: ExperimentVariant[];
let told: ExperimentUpdate[];
const make = (draft: RunConfig, changes: Partial<ExperimentSettings> = {}): ExperimentVariant[] =>
  experimentVariants(
    draft,
    { ...SETTINGS, ...changes },
    { trainTokens: data.dataset.train.length, vocabSize: data.dataset.vocabSize },
  );
const run = (changes: Partial<ExperimentSurroundings> = {}, of = variants, given = data) =>
  runExperiment(of, given, {
    plans: undefined,
    turns: new DeviceTurns(),
    signal: new AbortController().signal,
    onProgress: () => {},
    tell: (update) => void told.push(update),
    ...changes,
  });
const pointsOf = (variant: string): ExperimentPoint[] =>
  told.flatMap((update) => (update.kind === 'point' && update.variant === variant ? [update.point] : []));
const kindsOf = (variant: string): string[] =>
  told.flatMap((update) => (update.kind !== 'plan' && update.variant === variant ? [update.kind] : []));

beforeAll(async () => {
  data = await prepareData(SMALL_CONFIG);
});
beforeEach(async () => {
  await useBackend('wasm');
  told = [];
  variants = make(SMALL_CONFIG);
});

describe('runExperiment', () => {
  it('tells the plan, then points, samples and attention of all four models in order, and leaves nothing behind', async () => {
    await useBackend('cpu');
    const tensors = tf.memory().numTensors;
    const progress: number[] = [];
    const { seconds } = await run({ onProgress: (fraction) => void progress.push(fraction) });
    expect(seconds).toBeGreaterThan(0);
    expect(tf.memory().numTensors).toBe(tensors);

    const [first, ...rest] = told;
    if (first?.kind !== 'plan') throw new TypeError('The plan comes first.');
    expect(rest.every(({ kind }) => kind !== 'plan')).toBe(true);
    expect(first.plan).toMatchObject({
      steps: 24,
      tokensPerStep: 8 * 16,
      windowLength: 16,
      unigramLoss: data.report.unigramLoss,
      prompt: data.report.suggestedPrompts[0],
    });
    expect(first.plan.promptTokens.map(({ text }) => text).join('')).toContain('fox');
    expect(first.plan.parameterCounts.map(({ variant }) => variant)).toEqual(IDS);

    const group = ['point', 'point'];
    for (const id of IDS) {
      // 12 measurements besides the first; they write after a quarter, half and all of them.
      const kinds = ['point', 'point', 'point', 'point', 'sample', 'attention', 'point', 'point', 'point', 'sample'];
      expect(kindsOf(id)).toEqual([...kinds, 'attention', ...group, ...group, ...group, 'sample', 'attention']);
      expect(pointsOf(id).map(({ step }) => step)).toEqual([0, ...checkpointSteps(24)]);
      expect(pointsOf(id)[0]!.trainingLoss).toBeNull();
      expect(
        pointsOf(id)
          .slice(1)
          .every(({ trainingLoss }) => Number.isFinite(trainingLoss)),
      ).toBe(true);
      expect(Math.abs(pointsOf(id)[0]!.comparableLoss - data.report.uniformLoss)).toBeLessThan(0.7);
    }
    // Measurements of one step stand together: nobody is ahead.
    const steps = told.flatMap((update) => (update.kind === 'point' ? [update.point.step] : []));
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    expect(progress.at(-1)).toBe(1);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  });

  it('shows attention that looks ahead where there is no mask, and only there', async () => {
    variants = make({ ...SMALL_CONFIG, model: { ...SMALL_CONFIG.model, nLayer: 2 } });
    await run();
    for (const { id, config } of variants) {
      const looked = told.flatMap((update) =>
        update.kind === 'attention' && update.variant === id ? update.layers : [],
      );
      const [dense, second] = looked.slice(-2);
      expect([dense!.band, second!.band]).toEqual([0, bandOfLayer(config.model, 1)]);
      const { weights, size, nHead } = second!;
      expect(weights).toHaveLength(nHead * size * size);
      expect(weights[1]! > 0).toBe(id !== 'gpt3');
    }
  });

  it('finds that the paper’s model without its mask copies: its training loss falls below its comparable loss', async () => {
    // Of what nothing can be known before it is seen, only a copy brings the loss below that of guessing.
    const random = new Random(5);
    const { train, validation, vocabSize } = data.dataset;
    const noise = (stream: TokenStream): TokenStream => Uint16Array.from(stream, () => random.integer(vocabSize));
    const noisy = { ...data, dataset: { ...data.dataset, train: noise(train), validation: noise(validation) } };
    const model = { ...SMALL_CONFIG.model, nEmbd: 32, contextLength: 8 };
    const lively = make(smallConfig({}, { model }), { steps: 150 })
      .filter(({ id }) => id.startsWith('gpt3'))
      .map(({ id, config }) => ({ id, config: withTraining(config, { learningRate: 0.01 }) }));
    await run({}, lively, noisy);
    const [masked, unmasked] = ['gpt3', 'gpt3-unmasked'].map((id) => pointsOf(id).at(-1)!);
    const guessing = Math.log(vocabSize);
    expect(unmasked!.trainingLoss).toBeLessThan(guessing - 2);
    expect(masked!.trainingLoss).toBeGreaterThan(guessing - 0.2);
    for (const { comparableLoss } of [masked!, unmasked!]) expect(comparableLoss).toBeGreaterThan(guessing - 0.1);
  });

  it('runs as plans, to the same losses, and gives all buffers back', async () => {
    variants = make(SMALL_CONFIG, { steps: 4 });
    await run();
    const eager = IDS.map(pointsOf);
    const plans = await testPlans();
    const memory = trackMemory(plans.device);
    const held: number[] = [];
    for (let round = 0; round < 2; round++) {
      told = [];
      await run({ plans });
      held.push(memory.buffers);
      for (const [i, id] of IDS.entries()) {
        expect(kindsOf(id).filter((kind) => kind === 'sample')).toHaveLength(3);
        pointsOf(id).forEach(({ step, trainingLoss, comparableLoss }, at) => {
          const expected = eager[i]![at]!;
          expect(step).toBe(expected.step);
          expect(comparableLoss).toBeCloseTo(expected.comparableLoss, 2);
          expect(trainingLoss ?? 0).toBeCloseTo(expected.trainingLoss ?? 0, 2);
        });
      }
    }
    expect(held[1]).toBe(held[0]);
    // Software GPUs compile some hundred shaders first.
  }, 180_000);

  it('gives everything back when cancelled, wherever it is', async () => {
    const tensors = tf.memory().numTensors;
    for (const word of ['Making model 3', 'untrained', 'Step 5 of', 'measuring', 'writing']) {
      const controller = new AbortController();
      const onProgress = (_: number, message: string) => {
        if (message.includes(word)) controller.abort();
      };
      const error = await run({ signal: controller.signal, onProgress }).catch((reason: unknown) => reason);
      expect(toFault(error).code, word).toBe('cancelled');
      expect(tf.memory().numTensors, word).toBe(tensors);
    }
  });

  it('gives everything back when something fails', async () => {
    const tensors = tf.memory().numTensors;
    const tell = (): never => {
      throw new Error('Nobody listens.');
    };
    await expect(run({ tell })).rejects.toThrow('Nobody listens.');
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('goes on with the others where one model breaks down', async () => {
    const broken = variants.map((variant) =>
      variant.id === 'blog-mean'
        ? { ...variant, config: withTraining(variant.config, { learningRate: 1e30 }) }
        : variant,
    );
    await run({}, broken);
    expect(told.filter(({ kind }) => kind === 'diverged')).toMatchObject([{ variant: 'blog-mean' }]);
    expect(pointsOf('blog-mean').length).toBeLessThan(13);
    expect(pointsOf('blog-last')).toHaveLength(13);
  });

  it('lets others have the device between its steps', async () => {
    const turns = new DeviceTurns();
    const watch = { ended: false };
    const under = run({ turns }).then(() => (watch.ended = true));
    let others = 0;
    while (!watch.ended) {
      await turns.exclusive(async () => void others++);
      await yieldToEvents();
    }
    await under;
    expect(others).toBeGreaterThan(20);
  });
});

describe('checkpointSteps', () => {
  it('are twelve, evenly spread, and end with the last step', () => {
    expect(checkpointSteps(600)).toEqual(Array.from({ length: 12 }, (_, i) => 50 * (i + 1)));
    expect(checkpointSteps(5)).toEqual([1, 2, 3, 4, 5]);
    expect(checkpointSteps(1)).toEqual([1]);
  });
});

describe('requireComparable and requireRoom', () => {
  const faultOf = (of: readonly ExperimentVariant[]) => {
    try {
      requireComparable(of);
    } catch (error) {
      if (error instanceof FaultError) return error.fault;
    }
    return undefined;
  };
  const changed = (change: (config: RunConfig) => RunConfig) =>
    variants.map((variant, i) => (i === 2 ? { ...variant, config: change(variant.config) } : variant));

  it('take the four recipes', () => {
    expect(requireComparable(variants)).toBe(variants[0]!.config);
  });

  it('refuse what could not be compared, by name and with what would do', () => {
    expect(faultOf([])).toMatchObject({ code: 'config', message: 'An experiment needs a model.' });
    expect(faultOf([variants[0]!, variants[0]!])?.message).toContain('the same name');
    expect(faultOf(changed((config) => ({ ...config, seed: 9 })))).toMatchObject({
      message: 'blog-mean has another seed than gpt3.',
      remedy: 'Give all models the seed of gpt3.',
    });
    const longer = changed((config) => withTraining(config, { steps: 25 }));
    expect(faultOf(longer)?.message).toBe('blog-mean has another number of steps than gpt3.');
    const accumulating = variants.map(({ id, config }) => ({
      id,
      config: withTraining(config, { accumulation: 2 }),
    }));
    expect(faultOf(accumulating)?.message).toContain('accumulates');
  });

  it('refuse models that do not fit the memory together', () => {
    const speed = { gigaflopsPerSecond: 1, secondsPerOperation: 1e-5, engine: 'eager' as const };
    const room = (memoryBudgetBytes: number, open?: SizedRun) => () =>
      requireRoom(variants, 60, { ...speed, memoryBudgetBytes }, open);
    expect(room(1e9)).not.toThrow();
    expect(room(1e6)).toThrow(/The 4 models together need/);
    // The open run has its place already.
    const needed = variants.reduce((sum, { config }) => sum + estimate(config, 60, speed).trainingBytes, 0);
    const open = { config: variants[0]!.config, data: { dataset: { vocabSize: 60 } } };
    const { trainingBytes } = estimate(open.config, 60, speed);
    expect(room(needed)).not.toThrow();
    expect(room(needed + trainingBytes, open)).not.toThrow();
    expect(room(needed + trainingBytes - 1, open)).toThrow('beside the open run');
  });
});
