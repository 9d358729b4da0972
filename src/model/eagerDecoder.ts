// Decoding whose operations run one by one: keys and values so far as tensors, one per layer.
import { keyValueHeads } from '../config/modelShape.ts';
import * as tf from '../engine/tf.ts';
import { rotaryTable } from '../ops/rotary/rotaryTable.ts';
import { decodingStep, type ModelTensors } from './computations.ts';
import { canSlide, requireParents, requireReadable, type Decoder } from './languageModel.ts';

export class EagerDecoder implements Decoder {
  readonly slides: boolean;
  readonly #given: () => ModelTensors;
  readonly #samples: number;
  readonly #vocabSize: number;
  #caches: tf.Tensor2D[] = [];
  #length = 0;

  constructor(given: () => ModelTensors, samples: number, vocabSize: number) {
    this.#given = given;
    this.#samples = samples;
    this.#vocabSize = vocabSize;
    this.slides = canSlide(given().model);
  }

  get length(): number {
    return this.#length;
  }

  async read(tokens: readonly (readonly number[])[]): Promise<Float32Array[]> {
    const { contextLength } = this.#given().model;
    const total = requireReadable(tokens, this, contextLength);
    let logits: Float32Array[] = [];
    for (let done = 0; done < total;) {
      // Once the context is full every token takes the place of the oldest, which those before it may still see.
      const room = contextLength - this.#length;
      const count = room > 0 ? Math.min(room, total - done) : 1;
      logits = await this.#readPiece(tokens.map((sequence) => sequence.slice(done, done + count)));
      done += count;
    }
    return logits;
  }

  async #readPiece(tokens: readonly (readonly number[])[]): Promise<Float32Array[]> {
    const given = this.#given();
    const { model } = given;
    const headSize = model.nEmbd / model.nHead;
    const count = tokens[0]?.length ?? 0;
    if (this.#caches.length === 0) {
      const width = 2 * keyValueHeads(model) * headSize;
      const shape: [number, number] = [this.#samples * model.contextLength, width];
      this.#caches = Array.from({ length: model.nLayer }, () => tf.zeros(shape));
    }
    const step = tf.tidy(() => {
      const ids = tf.tensor1d(tokens.flat(), 'int32');
      const position = tf.tensor1d([this.#length], 'int32');
      const rotary =
        model.positions === 'rotary'
          ? tf.tensor2d(rotaryTable(this.#length, count, headSize), [count, headSize])
          : undefined;
      return decodingStep(given, { ids, position, caches: this.#caches, rotary }, this.#samples);
    });
    tf.dispose(this.#caches);
    this.#caches = step.caches;
    this.#length += count;
    const values = await step.logits.data<'float32'>();
    step.logits.dispose();
    const size = this.#vocabSize;
    return tokens.map((_, sample) => {
      const row = (sample + 1) * count - 1;
      return values.slice(row * size, (row + 1) * size);
    });
  }

  async reorder(parents: readonly number[]): Promise<void> {
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
