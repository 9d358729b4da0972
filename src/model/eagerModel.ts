// A model whose operations run one by one on TensorFlow.js' current backend.
import type { ModelConfig } from '../config/runConfig.ts';
import * as tf from '../engine/tf.ts';
import {
  decodingStep,
  evaluationLoss,
  layerAttentionWeights,
  logits,
  lossAndGradient,
  type BatchTensors,
  type ModelTensors,
} from './computations.ts';
import { requireParents, requireReadable, type Batch, type Decoder, type LanguageModel } from './languageModel.ts';
import { parameterLayout, splitParameters, totalSize, type ParameterLayout } from './parameters.ts';

export class EagerModel implements LanguageModel {
  readonly config: ModelConfig;
  readonly vocabSize: number;
  readonly layout: ParameterLayout;
  /** The parameters' tensors in the order of the layout; replaced at every update. */
  #tensors: tf.Tensor[] = [];

  constructor(config: ModelConfig, vocabSize: number) {
    this.config = config;
    this.vocabSize = vocabSize;
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
    return { model: this.config, layout: this.layout, tensors: this.#tensors };
  }

  /** Loss and flat gradient on the device. Caller disposes both. */
  gradientTensors(batch: Batch, dropoutKey: number): { loss: tf.Scalar; gradient: tf.Tensor1D } {
    return tf.tidy(() => {
      // What the gradients read again is made outside the tape.
      const key = tf.tensor1d([dropoutKey | 0], 'int32');
      return lossAndGradient(this.#given, batchTensors(batch), key);
    });
  }

  async lossAndGradient(batch: Batch, dropoutKey: number): Promise<{ loss: number; gradient: Float32Array }> {
    const { loss, gradient } = this.gradientTensors(batch, dropoutKey);
    const [[value = Number.NaN], values] = await Promise.all([loss.data<'float32'>(), gradient.data<'float32'>()]);
    tf.dispose([loss, gradient]);
    return { loss: value, gradient: values.slice() };
  }

  async losses(batches: readonly Batch[]): Promise<number[]> {
    const losses: number[] = [];
    for (const batch of batches) {
      const loss = tf.tidy(() => evaluationLoss(this.#given, batchTensors(batch)));
      losses.push((await loss.data())[0] ?? Number.NaN);
      loss.dispose();
    }
    return losses;
  }

  async logits(ids: Int32Array, length: number): Promise<Float32Array> {
    return valuesOf(tf.tidy(() => logits(this.#given, tf.tensor1d(ids, 'int32'), length)));
  }

  async attentionWeights(ids: Int32Array, layer: number): Promise<Float32Array> {
    return valuesOf(tf.tidy(() => layerAttentionWeights(this.#given, tf.tensor1d(ids, 'int32'), layer)));
  }

  async newDecoder(samples: number): Promise<Decoder> {
    return new EagerDecoder(() => this.#given, samples, this.vocabSize);
  }
}

const batchTensors = ({ inputs, targets, contextLength }: Batch): BatchTensors => ({
  ids: tf.tensor1d(inputs, 'int32'),
  targets: tf.tensor1d(targets, 'int32'),
  length: contextLength,
});

/** Copies a tensor's values and disposes it. */
async function valuesOf(tensor: tf.Tensor): Promise<Float32Array> {
  const values = await tensor.data<'float32'>();
  tensor.dispose();
  return values.slice();
}

class EagerDecoder implements Decoder {
  readonly #given: () => ModelTensors;
  readonly #samples: number;
  readonly #vocabSize: number;
  #caches: tf.Tensor2D[] = [];
  #length = 0;

  constructor(given: () => ModelTensors, samples: number, vocabSize: number) {
    this.#given = given;
    this.#samples = samples;
    this.#vocabSize = vocabSize;
  }

  get length(): number {
    return this.#length;
  }

  async read(tokens: readonly (readonly number[])[]): Promise<Float32Array[]> {
    const given = this.#given();
    const { nLayer, nEmbd, contextLength } = given.model;
    const count = requireReadable(tokens, this.#length, contextLength);
    if (this.#caches.length === 0) {
      const shape: [number, number] = [this.#samples * contextLength, 2 * nEmbd];
      this.#caches = Array.from({ length: nLayer }, () => tf.zeros(shape));
    }
    const step = tf.tidy(() => {
      const ids = tf.tensor1d(tokens.flat(), 'int32');
      const position = tf.tensor1d([this.#length], 'int32');
      return decodingStep(given, ids, position, this.#caches, this.#samples);
    });
    tf.dispose(this.#caches);
    this.#caches = step.caches;
    this.#length += count;
    const values = await valuesOf(step.logits);
    const size = this.#vocabSize;
    return tokens.map((_, sample) => {
      const row = (sample + 1) * count - 1;
      return values.slice(row * size, (row + 1) * size);
    });
  }

  reorder(parents: readonly number[]): void {
    requireParents(parents, this.#samples);
    const next = this.#caches.map((cache) =>
      tf.tidy((): tf.Tensor2D => {
        const bySequence = tf.reshape(cache, [this.#samples, -1]);
        return tf.reshape(tf.gather(bySequence, tf.tensor1d([...parents], 'int32')), cache.shape);
      }),
    );
    tf.dispose(this.#caches);
    this.#caches = next;
  }

  reset(): void {
    tf.dispose(this.#caches);
    this.#caches = [];
    this.#length = 0;
  }

  dispose(): void {
    this.reset();
  }
}
