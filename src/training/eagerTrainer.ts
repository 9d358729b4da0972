// Training whose operations run one by one on TensorFlow.js' current backend: parameters and moments as flat tensors.
import type { TrainingConfig } from '../config/runConfig.ts';
import { learningRateAt } from '../config/schedule.ts';
import * as tf from '../engine/tf.ts';
import type { EagerModel } from '../model/eagerModel.ts';
import type { Batch } from '../model/languageModel.ts';
import { initialParameters } from '../model/parameters.ts';
import type { FlatState } from '../ops/optimizer/flatUpdate.ts';
import { globalNorm } from '../ops/optimizer/globalNorm.ts';
import { optimizerStep, type FlatBlocks, type OptimizerRule } from '../ops/optimizer/optimizer.ts';
import { optimizerBlocks } from './optimizerBlocks.ts';
import {
  dropoutKey,
  ruleOf,
  stepSettings,
  type OptimizerChoice,
  type StepMetrics,
  type Trainer,
  type TrainerSnapshot,
} from './trainer.ts';

export class EagerTrainer implements Trainer {
  readonly model: EagerModel;
  /** A step is waited for before the next begins. */
  readonly stepsAtOnce = 1;
  readonly #seed: number;
  readonly #rule: OptimizerRule;
  readonly #blocks: FlatBlocks;
  #state: FlatState;
  #step: number;

  /** Starts at step 0 with first values by `seed`, or where a snapshot left off. */
  constructor(model: EagerModel, choice: OptimizerChoice, seed: number, snapshot?: TrainerSnapshot) {
    this.model = model;
    this.#rule = ruleOf(choice);
    this.#seed = seed;
    this.#step = snapshot?.step ?? 0;
    this.#blocks = optimizerBlocks(model.layout, choice.optimizer);
    const zeros = (): Float32Array => new Float32Array(model.layout.size);
    this.#state = {
      parameters: tf.tensor1d(snapshot?.parameters ?? initialParameters(model.layout, seed)),
      firstMoment: tf.tensor1d(snapshot?.firstMoment ?? zeros()),
      secondMoment: tf.tensor1d(snapshot?.secondMoment ?? zeros()),
    };
    model.use(this.#state.parameters);
  }

  get step(): number {
    return this.#step;
  }

  async advance(steps: readonly (readonly Batch[])[], training: TrainingConfig): Promise<StepMetrics[]> {
    const metrics: StepMetrics[] = [];
    for (const batches of steps) {
      const before = this.#step;
      metrics.push(await this.#advanceOne(batches, training));
      if (this.#step === before) break;
    }
    return metrics;
  }

  async #advanceOne(batches: readonly Batch[], training: TrainingConfig): Promise<StepMetrics> {
    const step = this.#step + 1;
    const { loss, norm, next } = this.#computed(batches, step, training);
    const [lossSum = Number.NaN, normSum = Number.NaN] = await numbersOf([loss, norm]);
    tf.dispose([loss, norm]);
    if (Number.isFinite(lossSum) && Number.isFinite(normSum)) {
      disposeState(this.#state);
      this.#state = next;
      this.#step = step;
      this.model.use(next.parameters);
    } else disposeState(next);
    const count = batches.length;
    return {
      step,
      loss: lossSum / count,
      learningRate: this.#learningRate(step, training),
      gradientNorm: normSum / count,
    };
  }

  #learningRate(step: number, training: TrainingConfig): number {
    return learningRateAt(step, training, this.model.config.contextLength);
  }

  #computed(
    batches: readonly Batch[],
    step: number,
    training: TrainingConfig,
  ): { loss: tf.Scalar; norm: tf.Scalar; next: FlatState } {
    return tf.tidy(() => {
      const { loss, gradient } = this.#summed(batches, step);
      const norm = globalNorm(gradient);
      const settings = tf.tensor1d(stepSettings(step, batches.length, training, this.#learningRate(step, training)));
      const next = optimizerStep(this.#rule, this.#state, gradient, norm, settings, this.#blocks);
      return { loss, norm, next: { ...next } };
    });
  }

  /** Loss and gradient, added up over the step's batches. */
  #summed(batches: readonly Batch[], step: number): { loss: tf.Scalar; gradient: tf.Tensor1D } {
    const [first, ...rest] = batches.map((batch, i) =>
      this.model.gradientTensors(batch, dropoutKey(this.#seed, step, i)),
    );
    if (first === undefined) throw new RangeError('A step needs a batch.');
    return rest.reduce(
      (sum, one) => ({ loss: tf.add(sum.loss, one.loss), gradient: tf.add(sum.gradient, one.gradient) }),
      first,
    );
  }

  async snapshot(): Promise<TrainerSnapshot> {
    const { parameters, firstMoment, secondMoment } = this.#state;
    const step = this.#step;
    const [p, m, v] = await Promise.all([
      parameters.data<'float32'>(),
      firstMoment.data<'float32'>(),
      secondMoment.data<'float32'>(),
    ]);
    return { step, parameters: p.slice(), firstMoment: m.slice(), secondMoment: v.slice() };
  }

  dispose(): void {
    disposeState(this.#state);
    this.#blocks.marks.dispose();
    this.model.dispose();
  }
}

const disposeState = ({ parameters, firstMoment, secondMoment }: FlatState): void =>
  tf.dispose([parameters, firstMoment, secondMoment]);

async function numbersOf(scalars: readonly tf.Scalar[]): Promise<number[]> {
  const joined = tf.tidy(() => tf.stack([...scalars]));
  const values = await joined.data();
  joined.dispose();
  return [...values];
}
