// A model whose operations run one by one on TensorFlow.js' current backend.
import type { ModelConfig } from '../config/runConfig.ts';
import * as tf from '../engine/tf.ts';
import type { Objective } from '../ops/crossEntropy/objective.ts';
import {
  evaluationLoss,
  finalLogits,
  layerAttentionWeights,
  logits,
  lossAndGradient,
  type BatchTensors,
  type ModelTensors,
} from './computations.ts';
import { EagerDecoder } from './eagerDecoder.ts';
import {
  askedTargets,
  keepsPast,
  type Batch,
  type Decoder,
  type LanguageModel,
  type Question,
} from './languageModel.ts';
import { parameterLayout, splitParameters, totalSize, type ParameterLayout } from './parameters.ts';
import { WindowDecoder } from './windowDecoder.ts';

export class EagerModel implements LanguageModel {
  readonly config: ModelConfig;
  readonly vocabSize: number;
  readonly layout: ParameterLayout;
  readonly #objective: Objective | undefined;
  /** The parameters' tensors in the order of the layout; replaced at every update. */
  #tensors: tf.Tensor[] = [];

  /** @param objective what training minimises besides cross-entropy */
  constructor(config: ModelConfig, vocabSize: number, objective?: Objective) {
    this.config = config;
    this.vocabSize = vocabSize;
    this.#objective = objective;
    this.layout = parameterLayout(config, vocabSize);
  }

  get parameterCount(): number {
    return totalSize(this.layout);
  }

  /** Takes its parameters from a flat tensor [P], which stays the caller's. */
  use(flat: tf.Tensor1D): void {
    const next = splitParameters(flat, this.layout);
    tf.dispose(this.#tensors);
    this.#tensors = next;
  }

  dispose(): void {
    tf.dispose(this.#tensors);
    this.#tensors = [];
  }

  get #given(): ModelTensors {
    return { model: this.config, layout: this.layout, tensors: this.#tensors, objective: this.#objective };
  }

  /** Loss and flat gradient on the device. Caller disposes both. */
  gradientTensors(batch: Batch, dropoutKey: number): { loss: tf.Scalar; gradient: tf.Tensor1D } {
    return tf.tidy(() => {
      // What the gradients read again is made outside the tape.
      const key = tf.tensor1d([dropoutKey | 0], 'int32');
      return lossAndGradient(this.#given, batchTensors(batch, this.config.prediction), key);
    });
  }

  async lossAndGradient(batch: Batch, dropoutKey: number): Promise<{ loss: number; gradient: Float32Array }> {
    const { loss, gradient } = this.gradientTensors(batch, dropoutKey);
    const [[value = Number.NaN], values] = await Promise.all([loss.data<'float32'>(), gradient.data<'float32'>()]);
    tf.dispose([loss, gradient]);
    return { loss: value, gradient: values.slice() };
  }

  async losses(batches: readonly Batch[], question = this.config.prediction): Promise<number[]> {
    const losses: number[] = [];
    for (const batch of batches) {
      const loss = tf.tidy(() => evaluationLoss(this.#given, batchTensors(batch, question), question));
      losses.push((await loss.data())[0] ?? Number.NaN);
      loss.dispose();
    }
    return losses;
  }

  async logits(ids: Int32Array, length: number, question = this.config.prediction): Promise<Float32Array> {
    return valuesOf(tf.tidy(() => logits(this.#given, tf.tensor1d(ids, 'int32'), length, question)));
  }

  async attentionWeights(ids: Int32Array, layer: number): Promise<Float32Array> {
    return valuesOf(tf.tidy(() => layerAttentionWeights(this.#given, tf.tensor1d(ids, 'int32'), layer)));
  }

  async newDecoder(samples: number): Promise<Decoder> {
    if (keepsPast(this.config)) return new EagerDecoder(() => this.#given, samples, this.vocabSize);
    return new WindowDecoder(this.config.contextLength, samples, (ids, visible) => this.#finalLogits(ids, visible));
  }

  async #finalLogits(ids: Int32Array, length: number): Promise<Float32Array[]> {
    const values = await valuesOf(
      tf.tidy(() => finalLogits(this.#given, tf.tensor1d(ids, 'int32'), length, tf.tensor1d([length], 'int32'))),
    );
    return rowsOf(values, this.vocabSize);
  }
}

const batchTensors = (batch: Batch, question: Question): BatchTensors => ({
  ids: tf.tensor1d(batch.inputs, 'int32'),
  targets: tf.tensor1d(askedTargets(batch, question), 'int32'),
  length: batch.contextLength,
});

/** Rows of a matrix. */
const rowsOf = (values: Float32Array, width: number): Float32Array[] =>
  Array.from({ length: values.length / width }, (_, row) => values.slice(row * width, (row + 1) * width));

/** Copies a tensor's values and disposes it. */
async function valuesOf(tensor: tf.Tensor): Promise<Float32Array> {
  const values = await tensor.data<'float32'>();
  tensor.dispose();
  return values.slice();
}
