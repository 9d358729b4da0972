// Makes the trainer that suits the device: as plans where there is a context for them, else eagerly.
import type { RunConfig } from '../config/runConfig.ts';
import type { PlanContext } from '../engine/planContext.ts';
import { EagerModel } from '../model/eagerModel.ts';
import { PlannedModel } from '../model/plannedModel.ts';
import { EagerTrainer } from './eagerTrainer.ts';
import { PlannedTrainer } from './plannedTrainer.ts';
import type { Trainer, TrainerSnapshot } from './trainer.ts';

export interface TrainerRequest {
  readonly config: RunConfig;
  readonly vocabSize: number;
  /** Where to go on; a new run starts at step 0. */
  readonly snapshot?: TrainerSnapshot;
  /** Share of the preparation that is done. */
  readonly onProgress?: (share: number) => void;
}

/** @param plans undefined where operations run one by one on TensorFlow.js' current backend */
export async function createTrainer(plans: PlanContext | undefined, request: TrainerRequest): Promise<Trainer> {
  const { config, vocabSize, snapshot, onProgress } = request;
  const { model, training, seed } = config;
  // Training settings tell the objective too: the loss is made of it when the model is made.
  if (plans === undefined)
    return new EagerTrainer(new EagerModel(model, vocabSize, training), training, seed, snapshot);
  const planned = await PlannedModel.create(plans, model, vocabSize, training);
  return PlannedTrainer.create(planned, plans, training, seed, snapshot, onProgress);
}
