// Training state on the device (parameters and moments as flat buffers) and one step of it.
// Batches come from outside; when to evaluate, sample and save is the session's part.
import { ADAM, type TrainingConfig } from '../config/runConfig.ts';
import * as tf from '../engine/tf.ts';
import type { Batch, GptModel } from '../model/gptModel.ts';
import { decayMask, initialParameters } from '../model/parameters.ts';
import { adamw, globalNorm, type AdamWState } from '../ops/adamw/adamw.ts';
import { mix32 } from '../random/random.ts';
import { learningRateAt } from './schedule.ts';

/** Everything a run needs to go on exactly, besides its data: three buffers of [P] and the step. */
export interface TrainerSnapshot {
  /** Steps taken. */
  readonly step: number;
  readonly parameters: Float32Array;
  readonly firstMoment: Float32Array;
  readonly secondMoment: Float32Array;
}

export interface StepMetrics {
  /** Steps taken, this one included. */
  readonly step: number;
  /** Mean loss of the step's batch before the update, in nats. */
  readonly loss: number;
  readonly learningRate: number;
  /** Global norm before clipping. */
  readonly gradientNorm: number;
}

export class Trainer {
  readonly model: GptModel;
  readonly #seed: number;
  readonly #decays: tf.Tensor1D;
  #state: AdamWState;
  #step: number;

  /** Starts at step 0 with first values by `seed`, or where a snapshot left off. */
  constructor(model: GptModel, seed: number, snapshot?: TrainerSnapshot) {
    this.model = model;
    this.#seed = seed;
    this.#step = snapshot?.step ?? 0;
    this.#decays = tf.tensor1d(decayMask(model.specs));
    const zeros = (): Float32Array => new Float32Array(model.parameterCount);
    this.#state = {
      parameters: tf.tensor1d(snapshot?.parameters ?? initialParameters(model.specs, seed)),
      firstMoment: tf.tensor1d(snapshot?.firstMoment ?? zeros()),
      secondMoment: tf.tensor1d(snapshot?.secondMoment ?? zeros()),
    };
    model.use(this.#state.parameters);
  }

  get step(): number {
    return this.#step;
  }

  /** Takes one step. A step whose loss or gradient is not finite changes nothing but is counted in the metrics. */
  async advance(batch: Batch, training: TrainingConfig): Promise<StepMetrics> {
    const step = this.#step + 1;
    const learningRate = learningRateAt(step, training);
    const { loss, gradient } = this.model.lossAndGradient(batch, mix32(this.#seed) + step);
    const norm = globalNorm(gradient);
    const next = adamw(this.#state, gradient, norm, this.#decays, {
      ...ADAM,
      learningRate,
      weightDecay: training.weightDecay,
      clipNorm: training.clipNorm,
      step,
    });
    const [lossValue = Number.NaN, normValue = Number.NaN] = await numbersOf([loss, norm]);
    tf.dispose([loss, gradient, norm]);
    if (Number.isFinite(lossValue) && Number.isFinite(normValue)) {
      disposeState(this.#state);
      this.#state = next;
      this.#step = step;
      this.model.use(next.parameters);
    } else disposeState(next);
    return { step, loss: lossValue, learningRate, gradientNorm: normValue };
  }

  /** Copies the state from the device. */
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
    this.#decays.dispose();
    this.model.dispose();
  }
}

const disposeState = ({ parameters, firstMoment, secondMoment }: AdamWState): void =>
  tf.dispose([parameters, firstMoment, secondMoment]);

async function numbersOf(scalars: readonly tf.Scalar[]): Promise<number[]> {
  const joined = tf.tidy(() => tf.stack([...scalars]));
  const values = await joined.data();
  joined.dispose();
  return [...values];
}
