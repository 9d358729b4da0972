// Glassbox as a contestant: its training and writing as plans on WebGPU, or the same operations one by one on
// TensorFlow.js' WebGPU or WASM backend.
import { forwardFlopsPerToken } from '../../src/config/estimate.ts';
import { DEFAULT_CONFIG, type RunConfig, GPT3_SWITCHES } from '../../src/config/runConfig.ts';
import { openBackend, type OpenBackend } from '../../src/engine/backends.ts';
import { measureGigaflops } from '../../src/engine/deviceRate.ts';
import type { TunerCache } from '../../src/engine/tuner.ts';
import { measureGemmRate } from '../../src/ops/matMul/gemmRate.ts';
import { PlannedTrainer } from '../../src/training/plannedTrainer.ts';
import { createTrainer } from '../../src/training/createTrainer.ts';
import type { Trainer } from '../../src/training/trainer.ts';
import {
  countDispatches,
  randomTokens,
  stepsOfTurn,
  submissionsOf,
  type Contestant,
  type Settings,
  type Shape,
  type Surroundings,
  type TrainingOpening,
  type TrainingTurn,
} from './contestant.ts';
import { runKernelBench } from './kernelBenches.ts';
import { writingTurn } from './writing.ts';

/** Different batches, taken in turns. */
const BATCHES = 8;
const WRITING_SAMPLES = [1, 4];

type StepBatches = Parameters<Trainer['advance']>[0][number];

const configOf = ({ layers, heads, embd, context, batch }: Shape): RunConfig => ({
  ...DEFAULT_CONFIG,
  model: { ...GPT3_SWITCHES, nLayer: layers, nHead: heads, nEmbd: embd, contextLength: context, dropout: 0 },
  training: {
    ...DEFAULT_CONFIG.training,
    batchSize: batch,
    steps: 100_000,
    warmupTokens: 100 * batch * context,
    learningRate: 1e-3,
  },
});

/** Keeps the choices among kernels as a browser's store does between visits. */
function memoryCache(): TunerCache {
  const kept = new Map<string, Readonly<Record<string, string>>>();
  return {
    load: async (adapter) => kept.get(adapter) ?? {},
    save: async (adapter, choices) => void kept.set(adapter, choices),
  };
}

/** @param settings whose engine is one of Glassbox's */
export function glassbox(settings: Settings, { wasmFiles, tell }: Surroundings): Contestant {
  const { engine, shape, dtype } = settings;
  const config = configOf(shape);
  const batches = batchesOf(shape);
  const tunerCache = memoryCache();
  const problems: string[] = [];
  let opened: OpenBackend | undefined;
  let trainer: Trainer | undefined;
  let next = 0;
  let expectedMs = 0;

  const open = async (): Promise<OpenBackend> => {
    const backend = await openBackend(engine === 'wasm' ? 'wasm' : 'webgpu', {
      wasmFiles,
      precision: dtype,
      tunerCache,
    });
    if (engine === 'plan' && dtype === 'f16' && !backend.halfPrecision) {
      throw new Error(`${backend.detail} cannot store in half precision: it lacks the feature shader-f16.`);
    }
    backend.plans?.device.addEventListener('uncapturederror', ({ error }) => problems.push(error.message));
    opened = backend;
    return backend;
  };
  const device = async (): Promise<OpenBackend> => opened ?? open();
  const plans = (backend: OpenBackend) => (engine === 'plan' ? backend.plans : undefined);
  const create = async (): Promise<Trainer> => {
    trainer = await createTrainer(plans(await device()), { config, vocabSize: shape.vocab });
    return trainer;
  };
  const ready = (): Trainer => {
    if (trainer === undefined) throw new Error('Nothing has been opened yet.');
    return trainer;
  };
  /** Takes steps and returns the last one's loss. */
  const advance = async (count: number): Promise<number> => {
    const current = ready();
    let loss = Number.NaN;
    for (let left = count; left > 0;) {
      const steps: StepBatches[] = Array.from({ length: Math.min(left, current.stepsAtOnce) }, () => [
        batches[next++ % BATCHES] ?? emptyBatch,
      ]);
      const metrics = await current.advance(steps, config.training);
      loss = metrics.at(-1)?.loss ?? Number.NaN;
      if (problems[0] !== undefined) throw new Error(`WebGPU refused a command: ${problems[0]}`);
      if (metrics.length < steps.length || !Number.isFinite(loss)) throw new Error(`A step's loss is ${loss}.`);
      left -= steps.length;
    }
    return loss;
  };
  const firstStep = async (): Promise<number> => {
    await device();
    const startMs = performance.now();
    await create();
    await advance(1);
    return performance.now() - startMs;
  };

  return {
    async openTraining(): Promise<TrainingOpening> {
      const firstStepMs = await firstStep();
      let warmFirstStepMs: number | undefined;
      const tuningMs = opened?.plans?.tuner.spentMs;
      if (engine === 'plan') {
        tell(
          `first step after ${firstStepMs.toFixed(0)} ms (${tuningMs?.toFixed(0)} of them to choose kernels); once more with those chosen …`,
        );
        ready().dispose();
        opened?.loseDevice?.();
        opened = undefined;
        warmFirstStepMs = await firstStep();
      }
      const dispatches = engine === 'wasm' ? undefined : await countDispatches(() => advance(1));
      const startMs = performance.now();
      await advance(1);
      expectedMs = performance.now() - startMs;
      const current = ready();
      const { model } = current;
      return {
        device: (await device()).detail,
        parameters: model.parameterCount,
        firstStepMs,
        ...(warmFirstStepMs !== undefined && tuningMs !== undefined && { warmFirstStepMs, tuningMs }),
        ...(dispatches !== undefined && { dispatches }),
        ...(current instanceof PlannedTrainer && { memory: memoryOf(current) }),
        flopsPerStep: 3 * shape.batch * shape.context * forwardFlopsPerToken(model.config, model.vocabSize),
      };
    },

    async train(): Promise<TrainingTurn> {
      const steps = settings.steps ?? stepsOfTurn(expectedMs);
      const context = plans(await device());
      const now = (): number => performance.now();
      const gemmRate = (): Promise<number> => (context ? measureGemmRate(context, now) : measureGigaflops(now));
      const gemmBefore = await gemmRate();
      const startMs = performance.now();
      const loss = await advance(steps);
      const msPerStep = (performance.now() - startMs) / steps;
      expectedMs = msPerStep;
      const gemmGigaflops = Math.max(gemmBefore, await gemmRate());
      const submitMs = await fastestSubmission(ready(), batches[0] ?? emptyBatch, config, submissionsOf(msPerStep));
      return { steps, msPerStep, submitMs, loss, gemmGigaflops };
    },

    async openWriting() {
      if (trainer === undefined) await create();
      // What a first turn compiles is not measured.
      for (const samples of WRITING_SAMPLES) await writingTurn(ready().model, samples);
      return { device: (await device()).detail };
    },

    async write() {
      const turns = [];
      for (const samples of WRITING_SAMPLES) turns.push(await writingTurn(ready().model, samples));
      return turns;
    },

    async kernels(subject) {
      const backend = await device();
      if (backend.plans === undefined) throw new Error('Only kernels of WebGPU are measured.');
      return { device: backend.detail, lines: await runKernelBench(subject, backend.plans.device, tell) };
    },
  };
}

const emptyBatch = { inputs: new Int32Array(0), targets: new Int32Array(0), contextLength: 0 };

function batchesOf({ batch, context, vocab }: Shape) {
  const rows = batch * context;
  const tokens = randomTokens(rows * BATCHES + 1, vocab);
  return Array.from({ length: BATCHES }, (_, i) => ({
    inputs: tokens.slice(i * rows, (i + 1) * rows),
    targets: tokens.slice(i * rows + 1, (i + 1) * rows + 1),
    contextLength: context,
  }));
}

function memoryOf({ plans, memory }: PlannedTrainer): NonNullable<TrainingOpening['memory']> {
  return {
    plannedBytes: plans.reduce((sum, plan) => sum + plan.memory.plannedBytes, 0),
    uncolouredBytes: plans.reduce((sum, plan) => sum + plan.memory.uncolouredBytes, 0),
    totalBytes: Object.values(memory).reduce((sum, bytes) => sum + bytes, 0),
  };
}

/**
 * Milliseconds until asking for one step returns, while the device has nothing else to do: the shortest of several,
 * since whatever else the machine does can only add to it.
 */
async function fastestSubmission(
  trainer: Trainer,
  batch: StepBatches[number],
  { training }: RunConfig,
  times: number,
): Promise<number> {
  let shortestMs = Number.POSITIVE_INFINITY;
  for (let i = 0; i < times; i++) {
    const startMs = performance.now();
    const step = trainer.advance([[batch]], training);
    shortestMs = Math.min(shortestMs, performance.now() - startMs);
    await step;
  }
  return shortestMs;
}
