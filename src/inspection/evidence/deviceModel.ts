// The checked model as the device runs it: its own small model beside the run's, gone when its figures are read.
import { PlanContext } from '../../engine/planContext.ts';
import * as tf from '../../engine/tf.ts';
import { EagerModel } from '../../model/eagerModel.ts';
import type { Batch, LanguageModel } from '../../model/languageModel.ts';
import { PlannedModel } from '../../model/plannedModel.ts';
import type { Precision } from '../../protocol/messages.ts';
import type { CheckedModel } from './checkedModel.ts';
import type { Computed } from './parity.ts';

/** The same device with activations stored as told; the choice among kernels is shared. */
export const inPrecision = (plans: PlanContext, precision: Precision): PlanContext =>
  plans.precision === precision ? plans : new PlanContext(plans.device, plans.traits, plans.tuner, precision);

/** @param plans undefined where operations run one by one. Runs alone on the device. */
export async function computeOnDevice(
  plans: PlanContext | undefined,
  { model, vocabSize, objective }: CheckedModel,
  parameters: Float64Array,
  batch: Batch,
): Promise<Computed> {
  const made = newModel(plans, { model, vocabSize, objective }, Float32Array.from(parameters));
  try {
    const logits = await made.logits(batch.inputs, batch.contextLength);
    const { loss, gradient } = await made.lossAndGradient(batch, 0);
    return { loss, logits, gradient };
  } finally {
    made.dispose();
  }
}

function newModel(
  plans: PlanContext | undefined,
  { model: config, vocabSize, objective }: Pick<CheckedModel, 'model' | 'vocabSize' | 'objective'>,
  parameters: Float32Array,
): LanguageModel & { dispose(): void } {
  if (plans) {
    const planned = new PlannedModel(plans, config, vocabSize, objective);
    planned.setParameters(parameters);
    return planned;
  }
  const eager = new EagerModel(config, vocabSize, objective);
  const flat = tf.tensor1d(parameters);
  eager.use(flat);
  flat.dispose();
  return eager;
}
