// What a planned step costs, counted: submissions, dispatches and memory; and that a step makes nothing.
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { countCalls } from '../../scripts/countingDevice.ts';
import { noGpuProblems, openEngine } from '../../scripts/testEngine.ts';
import { newTestPlans } from '../../scripts/testPlans.ts';
import { estimate } from '../config/estimate.ts';
import { DEFAULT_CONFIG, GPT3_RECIPE, GPT3_SWITCHES, OPTIMIZERS, type ModelConfig } from '../config/runConfig.ts';
import { BatchSampler } from '../data/batches.ts';
import { memoryOf, trackMemory } from '../engine/gpuMemory.ts';
import type { DeviceTraits } from '../engine/kernel.ts';
import type { PlanContext } from '../engine/planContext.ts';
import { planMemory } from '../engine/planMemory.ts';
import { gradientGraph, PLAN_ALIGNMENT } from '../model/graphs.ts';
import { parameterLayout } from '../model/parameters.ts';
import { PlannedModel } from '../model/plannedModel.ts';
import { Random } from '../random/random.ts';
import { PlannedTrainer, updateGraph } from './plannedTrainer.ts';

const VOCAB_SIZE = 11;
const { training } = DEFAULT_CONFIG;
const BURST = 10;

const modelOf = (nLayer: number): ModelConfig => ({
  ...GPT3_SWITCHES,
  nLayer,
  nHead: 2,
  nEmbd: 16,
  contextLength: 8,
  dropout: 0.1,
});
const stream = ((random) => Int32Array.from({ length: 200 }, () => random.integer(VOCAB_SIZE)))(new Random(91));

let plans: PlanContext;
beforeAll(async () => {
  await openEngine('cpu');
  plans = await newTestPlans();
  trackMemory(plans.device);
});
afterEach(noGpuProblems);

const newTrainer = (
  nLayer: number,
  accumulation: number,
  optimizer: (typeof OPTIMIZERS)[number] = 'adamw',
): Promise<PlannedTrainer> => {
  const model = new PlannedModel(plans, modelOf(nLayer), VOCAB_SIZE);
  return PlannedTrainer.create(model, plans, { ...GPT3_RECIPE, optimizer, batchSize: 2, accumulation }, 1);
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe('a planned step', { timeout: 120_000 }, () => {
  it.each([
    { nLayer: 2, accumulation: 1 },
    { nLayer: 4, accumulation: 1 },
    { nLayer: 2, accumulation: 3 },
  ])('of $nLayer layers and $accumulation batches is one submission that makes nothing', async (shape) => {
    const { nLayer, accumulation } = shape;
    const trainer = await newTrainer(nLayer, accumulation);
    const sampler = new BatchSampler(stream, 8, 1);
    const burst = () =>
      Array.from({ length: BURST }, () => Array.from({ length: accumulation }, () => sampler.next(2)));
    await trainer.advance(burst(), training);
    const counted = countCalls(plans.device);
    await trainer.advance(burst(), training);
    const counts = counted();
    expect(counts).toMatchObject({ buffers: 0, bindGroups: 0, pipelines: 0, shaderModules: 0 });
    expect(counts).toMatchObject({ submits: BURST, writes: BURST });
    const [gradient, ...rest] = trainer.plans.map(({ dispatches }) => dispatches.length);
    const update = rest.at(-1) ?? 0;
    const adding = accumulation > 1 ? (rest[0] ?? 0) : 0;
    expect(counts.dispatches / BURST).toBe(accumulation * ((gradient ?? 0) + adding) + update);
    expect((gradient ?? 0) + update).toBeLessThanOrEqual(25 * nLayer + 20);
    trainer.dispose();
  });

  it('of fewer batches than others, as a batch ramp has them, is one submission that makes nothing', async () => {
    const trainer = await newTrainer(2, 4);
    const sampler = new BatchSampler(stream, 8, 1);
    const burst = (counts: readonly number[]) =>
      counts.map((count) => Array.from({ length: count }, () => sampler.next(2)));
    await trainer.advance(burst([1, 4]), training);
    const counted = countCalls(plans.device);
    await trainer.advance(burst([1, 1, 2, 3, 4]), training);
    const counts = counted();
    expect(counts).toMatchObject({ buffers: 0, bindGroups: 0, pipelines: 0, shaderModules: 0 });
    expect(counts).toMatchObject({ submits: 5, writes: 5 });
    const [gradient = 0, adding = 0, update = 0] = trainer.plans.map(({ dispatches }) => dispatches.length);
    expect(counts.dispatches).toBe(11 * (gradient + adding) + 5 * update);
    trainer.dispose();
  });

  it.each(OPTIMIZERS)(
    'with %s makes nothing and ends with an update of as many dispatches as it needs',
    async (optimizer) => {
      const trainer = await newTrainer(1, 1, optimizer);
      const sampler = new BatchSampler(stream, 8, 1);
      await trainer.advance([[sampler.next(2)]], training);
      const counted = countCalls(plans.device);
      await trainer.advance([[sampler.next(2)]], training);
      expect(counted()).toMatchObject({ buffers: 0, bindGroups: 0, pipelines: 0, submits: 1, writes: 1 });
      const labels = (trainer.plans.at(-1)?.dispatches ?? []).map(({ label }) => label);
      const isMore = (label: string): boolean => label === 'globalNorm sum';
      const names = labels.filter((label) => !isMore(label));
      const start = ['globalNorm', 'recordStep', optimizer === 'muon' ? 'adamw' : optimizer];
      expect(names.slice(0, 3)).toEqual(start);
      // Four matrices: momentum, its norm, five turns of three products, and the move.
      const perMatrix = ['nesterov', 'globalNorm', 'normalised', 'muon'].length + 15;
      expect(names.length).toBe(optimizer === 'muon' ? 4 + 4 * perMatrix : 3);
      expect(names.filter((name) => name === 'copy' || name === 'combined')).toEqual([]);
      trainer.dispose();
    },
  );

  it.each([1, 2])(
    'with %i batches takes the memory that its trainer says it takes, to the byte',
    async (accumulation) => {
      const before = memoryOf(plans.device).bytes;
      const trainer = await newTrainer(2, accumulation);
      expect(memoryOf(plans.device).bytes - before).toBe(sum(Object.values(trainer.memory)));
      expect(trainer.memory.activations).toBe(sum(trainer.plans.map(({ memory }) => memory.plannedBytes)));
      trainer.dispose();
      expect(memoryOf(plans.device).bytes).toBe(before);
    },
  );

  it('takes the memory that can be told without a device', async () => {
    const trainer = await newTrainer(2, 1);
    const [gradient] = trainer.plans;
    const given = ['parameters', 'ids', 'targets', 'dropoutKey', 'gradient', 'loss'];
    expect(planMemory(gradientGraph(trainer.model.shape, 16, 8), plans.traits, 'f32', given)).toEqual(gradient?.memory);
    trainer.dispose();
  });
});

describe('planned memory', () => {
  /** A current graphics card, as far as plans are concerned. */
  const traits: DeviceTraits = {
    shaderF16: true,
    subgroups: true,
    software: false,
    maxWorkgroupInvocations: 1024,
    maxWorkgroupStorageBytes: 32_768,
    maxWorkgroupsPerDimension: 65_535,
    maxStorageBuffers: 10,
  };
  const memoryOfShape = (
    model: ModelConfig,
    vocabSize: number,
    batchSize: number,
    precision: 'f32' | 'f16' = 'f32',
  ) => {
    const layout = parameterLayout(model, vocabSize, PLAN_ALIGNMENT);
    const graph = gradientGraph({ model, layout }, batchSize * model.contextLength, model.contextLength);
    const [gradient, update] = [planMemory(graph, traits, precision), planMemory(updateGraph(layout), traits)];
    // Parameters, gradient and both moments; what else a trainer holds are a few kilobytes.
    const state = 4 * 4 * layout.size;
    return { ...gradient, totalBytes: state + gradient.plannedBytes + update.plannedBytes };
  };
  const nanoGpt: ModelConfig = { ...GPT3_SWITCHES, nLayer: 6, nHead: 6, nEmbd: 384, contextLength: 256, dropout: 0 };

  beforeAll(() => openEngine('cpu'));

  it('of an update is nothing but for Muon, which holds about its largest matrix’s products', () => {
    const layout = parameterLayout(nanoGpt, 65, PLAN_ALIGNMENT);
    const largest = 4 * 4 * nanoGpt.nEmbd ** 2;
    for (const optimizer of OPTIMIZERS) {
      const { plannedBytes } = planMemory(updateGraph(layout, { ...GPT3_RECIPE, optimizer }), traits);
      // The others hold what the norm is added up in.
      expect(plannedBytes, optimizer).toBeLessThan(optimizer === 'muon' ? 4 * largest : 4096);
    }
  });

  // An emulated GPU splits no sums, and so has less scratch memory that could be shared.
  it.each([false, true])(
    'of a medium model is at most 60 %% of what its values take apart (emulated: %s)',
    (software) => {
      const model = { ...GPT3_SWITCHES, nLayer: 6, nHead: 4, nEmbd: 128, contextLength: 128, dropout: 0 };
      const graph = gradientGraph({ model, layout: parameterLayout(model, 512, PLAN_ALIGNMENT) }, 8 * 128, 128);
      const { plannedBytes, uncolouredBytes } = planMemory(graph, { ...traits, software });
      expect(plannedBytes / uncolouredBytes).toBeLessThanOrEqual(0.6);
    },
  );

  it('of nanoGPT’s small shape stays within 0.9 GB, dropout or not, and takes less in half precision', () => {
    const { totalBytes, plannedBytes } = memoryOfShape(nanoGpt, 65, 16);
    expect(totalBytes).toBeLessThanOrEqual(0.9e9);
    expect(memoryOfShape({ ...nanoGpt, dropout: 0.2 }, 65, 16).totalBytes).toBeLessThanOrEqual(0.9e9);
    expect(memoryOfShape(nanoGpt, 65, 16, 'f16').plannedBytes).toBeLessThan(0.85 * plannedBytes);
  });

  it.each([
    { model: nanoGpt, vocabSize: 65, batchSize: 16 },
    { model: { ...nanoGpt, nLayer: 12, nHead: 12, nEmbd: 768, contextLength: 1024 }, vocabSize: 50_257, batchSize: 4 },
  ])('is what people are told before they train, by a tenth: $model', ({ model, vocabSize, batchSize }) => {
    const config = { ...DEFAULT_CONFIG, model, training: { ...training, batchSize } };
    const speed = { gigaflopsPerSecond: 100, secondsPerOperation: 1e-5, engine: 'plan' } as const;
    const told = estimate(config, vocabSize, speed).trainingBytes;
    expect(Math.abs(told / memoryOfShape(model, vocabSize, batchSize).totalBytes - 1)).toBeLessThan(0.1);
  });

  it('holds no table of attention: it grows with the context as the tokens do', () => {
    const at = (contextLength: number): number => {
      return memoryOfShape({ ...nanoGpt, contextLength }, 65, 4096 / contextLength).plannedBytes;
    };
    expect(at(1024) / at(256)).toBeLessThan(1.1);
  });
});
