// The ways in which a model can run, for tests: eagerly on TensorFlow.js' backends, and as plans on WebGPU through Dawn.
import { GPT3_RECIPE, type ModelConfig, type TrainingConfig } from '../src/config/runConfig.ts';
import type { PlanContext } from '../src/engine/planContext.ts';
import * as tf from '../src/engine/tf.ts';
import { EagerModel } from '../src/model/eagerModel.ts';
import type { LanguageModel } from '../src/model/languageModel.ts';
import { PlannedModel } from '../src/model/plannedModel.ts';
import type { Objective } from '../src/ops/crossEntropy/objective.ts';
import { EagerTrainer } from '../src/training/eagerTrainer.ts';
import { PlannedTrainer } from '../src/training/plannedTrainer.ts';
import type { Trainer, TrainerSnapshot } from '../src/training/trainer.ts';
import { useBackend as startBackend } from './testBackend.ts';
import { testPlans } from './testPlans.ts';

export { gpuProblems, noGpuProblems, testPlans } from './testPlans.ts';

export const TEST_ENGINES = ['cpu', 'wasm', 'plan'] as const;
export type TestEngine = (typeof TEST_ENGINES)[number];

/** Makes an engine ready. @returns how it makes plans, where it does */
export async function openEngine(engine: TestEngine): Promise<PlanContext | undefined> {
  // Traces leave a backend as they find it, so one must be current.
  await startBackend(engine === 'plan' ? 'cpu' : engine);
  return engine === 'plan' ? testPlans() : undefined;
}

/** A model with these parameters, [P] side by side. Caller disposes. */
export async function newTestModel(
  engine: TestEngine,
  config: ModelConfig,
  vocabSize: number,
  parameters: ArrayLike<number>,
  objective?: Objective,
): Promise<LanguageModel & { dispose(): void }> {
  const plans = await openEngine(engine);
  const values = Float32Array.from(parameters);
  if (plans) {
    const model = new PlannedModel(plans, config, vocabSize, objective);
    model.setParameters(values);
    return model;
  }
  const model = new EagerModel(config, vocabSize, objective);
  const flat = tf.tensor1d(values);
  model.use(flat);
  flat.dispose();
  return model;
}

/**
 * A trainer at step 0 with first values by `seed`, or where a snapshot left off. Caller disposes.
 * @param settings optimizer and objective are GPT-3's unless told
 */
export async function newTestTrainer(
  engine: TestEngine,
  config: ModelConfig,
  vocabSize: number,
  settings: Pick<TrainingConfig, 'batchSize' | 'accumulation'> & Partial<TrainingConfig>,
  seed: number,
  snapshot?: TrainerSnapshot,
): Promise<Trainer> {
  const plans = await openEngine(engine);
  const recipe = { ...GPT3_RECIPE, ...settings };
  if (!plans) return new EagerTrainer(new EagerModel(config, vocabSize, recipe), recipe, seed, snapshot);
  return PlannedTrainer.create(new PlannedModel(plans, config, vocabSize, recipe), plans, recipe, seed, snapshot);
}
