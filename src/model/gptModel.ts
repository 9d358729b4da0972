// A model with its present parameters on the device, and the ways to run it: loss with gradients, loss alone,
// decoding with a cache, and attention weights for inspection. Training state is `training/trainer.ts`.
import type { ModelConfig } from '../config/runConfig.ts';
import * as tf from '../engine/tf.ts';
import { attention, attentionWeights, causalMask } from '../ops/attention/attention.ts';
import { cachedAttention, type KeyValue } from '../ops/attention/cachedAttention.ts';
import { splitHeads } from '../ops/attention/heads.ts';
import { crossEntropy } from '../ops/crossEntropy/crossEntropy.ts';
import { dropoutSite, gpt, hiddenStates } from './gpt.ts';
import { tiedLogits } from '../ops/linear/linear.ts';
import { nameParameters, parameterSpecs, splitParameters, totalSize, type ParameterSpec } from './parameters.ts';

/** Tokens and what follows each: both [B·T]. */
export interface Batch {
  readonly inputs: Int32Array;
  readonly targets: Int32Array;
  /** T: tokens per sequence, at most the context. */
  readonly contextLength: number;
}

interface GivenTensors {
  readonly ids: tf.Tensor1D;
  readonly targets: tf.Tensor1D;
  readonly mask: tf.Tensor2D;
  readonly length: number;
}

/** What the loss depends on besides the parameters; made outside the tape, because the gradients read it again. */
const givenTensors = ({ inputs, targets, contextLength }: Batch): GivenTensors => ({
  ids: tf.tensor1d(inputs, 'int32'),
  targets: tf.tensor1d(targets, 'int32'),
  mask: causalMask(contextLength),
  length: contextLength,
});

/** Keys and values of all layers for the tokens read so far. Dispose when done. */
export class DecodingCache {
  layers: (KeyValue | undefined)[] = [];
  /** Tokens read so far. */
  length = 0;

  dispose(): void {
    for (const layer of this.layers) if (layer) tf.dispose([layer.key, layer.value]);
    this.layers = [];
    this.length = 0;
  }
}

export class GptModel {
  readonly config: ModelConfig;
  readonly vocabSize: number;
  readonly specs: readonly ParameterSpec[];
  /** The parameters' tensors in the order of `specs`; replaced at every update. */
  #tensors: tf.Tensor[] = [];

  constructor(config: ModelConfig, vocabSize: number) {
    this.config = config;
    this.vocabSize = vocabSize;
    this.specs = parameterSpecs(config, vocabSize);
  }

  get parameterCount(): number {
    return totalSize(this.specs);
  }

  /** Takes its parameters from a flat tensor [P], which stays the caller's. */
  use(flat: tf.Tensor1D): void {
    const next = splitParameters(flat, this.specs);
    tf.dispose(this.#tensors);
    this.#tensors = next;
  }

  dispose(): void {
    tf.dispose(this.#tensors);
    this.#tensors = [];
  }

  /**
   * Mean loss in nats and its gradient, flat [P]. Caller disposes both.
   * @param dropoutKey decides this step's dropout masks
   */
  lossAndGradient(batch: Batch, dropoutKey: number): { loss: tf.Scalar; gradient: tf.Tensor1D } {
    return tf.tidy(() => {
      const given = givenTensors(batch);
      const lossOf = (...tensors: tf.Tensor[]): tf.Scalar => this.#loss(tensors, given, dropoutKey);
      const { value, grads } = tf.valueAndGrads(lossOf)(this.#tensors);
      const flat = grads.map((gradient, index) => tf.reshape(gradient, [this.specs[index]?.size ?? 0]));
      return { loss: value as tf.Scalar, gradient: tf.concat(flat) as tf.Tensor1D };
    });
  }

  /** Mean loss in nats, nothing dropped. Caller disposes. */
  loss(batch: Batch): tf.Scalar {
    return tf.tidy(() => this.#loss(this.#tensors, givenTensors(batch), undefined));
  }

  #loss(tensors: readonly tf.Tensor[], given: GivenTensors, dropoutKey: number | undefined): tf.Scalar {
    const rate = this.config.dropout;
    const { ids, targets, mask, length } = given;
    const logits = gpt({
      model: this.config,
      parameters: nameParameters(tensors, this.specs),
      ids,
      length,
      attend: (qkv, layer, shape) =>
        attention(
          qkv,
          mask,
          shape,
          dropoutKey === undefined ? undefined : { rate, key: dropoutSite(dropoutKey, layer, 0) },
        ),
      ...(dropoutKey !== undefined && { dropoutKey }),
    });
    return crossEntropy(logits, targets);
  }

  /**
   * Logits at every position of whole sequences, [B·T, V]. Caller disposes.
   * @param ids [B·T] @param length T, at most the context
   */
  logits(ids: Int32Array, length: number): tf.Tensor2D {
    return tf.tidy(() => {
      const mask = causalMask(length);
      return gpt({
        model: this.config,
        parameters: nameParameters(this.#tensors, this.specs),
        ids: tf.tensor1d(ids, 'int32'),
        length,
        attend: (qkv, _layer, shape) => attention(qkv, mask, shape),
      });
    });
  }

  /**
   * Reads further tokens of B sequences and gives the logits after the last: [B, V]. The cache grows by them.
   * Caller disposes. @param ids [B·T], T tokens of each sequence
   * @throws RangeError if the cache would grow beyond the context
   */
  decode(ids: Int32Array, batch: number, cache: DecodingCache): tf.Tensor2D {
    const length = ids.length / batch;
    if (cache.length + length > this.config.contextLength) {
      throw new RangeError('The tokens to decode reach beyond the context.');
    }
    const { logits, layers } = tf.tidy(() => {
      const layers: KeyValue[] = [];
      const hidden = hiddenStates({
        model: this.config,
        parameters: nameParameters(this.#tensors, this.specs),
        ids: tf.tensor1d(ids, 'int32'),
        length,
        offset: cache.length,
        attend: (qkv, layer, shape) => {
          const { output, present } = cachedAttention(qkv, cache.layers[layer], shape);
          layers.push(present);
          return output;
        },
      });
      const width = this.config.nEmbd;
      const last = tf.reshape(
        tf.slice(tf.reshape(hidden, [batch, length, width]), [0, length - 1, 0], [batch, 1, width]),
        [batch, width],
      ) as tf.Tensor2D;
      const table = nameParameters(this.#tensors, this.specs).tokenEmbedding;
      return { logits: tiedLogits(last, table), layers };
    });
    const read = cache.length + length;
    cache.dispose();
    cache.layers = layers;
    cache.length = read;
    return logits;
  }

  /**
   * Attention weights of one layer over one sequence: [H, T, T], rows sum to 1. Caller disposes.
   * @param ids [T], at most the context
   */
  attentionOf(ids: Int32Array, layer: number): tf.Tensor3D {
    const length = ids.length;
    return tf.tidy(() => {
      const mask = causalMask(length);
      const captured: tf.Tensor3D[] = [];
      const parameters = nameParameters(this.#tensors, this.specs);
      hiddenStates({
        model: this.config,
        parameters: { ...parameters, blocks: parameters.blocks.slice(0, layer + 1) },
        ids: tf.tensor1d(ids, 'int32'),
        length,
        attend: (qkv, index, shape) => {
          if (index === layer) {
            const { query, key } = splitHeads(qkv, shape);
            captured.push(tf.reshape(attentionWeights(query, key, mask), [shape.nHead, length, length]));
          }
          return attention(qkv, mask, shape);
        },
      });
      const weights = captured[0];
      if (weights === undefined) throw new RangeError(`This model has no layer ${layer + 1}.`);
      return weights;
    });
  }
}
