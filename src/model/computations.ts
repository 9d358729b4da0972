// What a model computes, as functions of tensors that run eagerly or are traced into a plan alike: loss, loss with
// gradient, logits, one step of decoding, attention weights.
import type { ModelConfig } from '../config/runConfig.ts';
import * as tf from '../engine/tf.ts';
import { joined } from '../engine/trace.ts';
import { attention } from '../ops/attention/attention.ts';
import { attentionWeights } from '../ops/attention/attentionWeights.ts';
import { cachedAttention } from '../ops/attention/cachedAttention.ts';
import { nextTokenLoss } from '../ops/crossEntropy/nextTokenLoss.ts';
import type { Objective } from '../ops/crossEntropy/objective.ts';
import { outputLogits, vocabSizeOf, type OutputLayer } from '../ops/crossEntropy/outputLayer.ts';
import { hiddenStates, type Attend, type ForwardPass } from './gpt.ts';
import { nameParameters, type ParameterLayout, type Parameters } from './parameters.ts';

/** A model's sizes with its parameters' tensors, in the order of the layout. */
export interface ModelTensors {
  readonly model: ModelConfig;
  readonly layout: ParameterLayout;
  readonly tensors: readonly tf.Tensor[];
  /** What training minimises besides cross-entropy; nothing unless told. */
  readonly objective?: Objective | undefined;
}

export interface BatchTensors {
  /** [B·T] int32. */
  readonly ids: tf.Tensor1D;
  /** [B·T] int32: what follows each token. */
  readonly targets: tf.Tensor1D;
  /** T. */
  readonly length: number;
}

/** Logits beyond this many are computed in row chunks, so that no buffer holds all of a large vocabulary. */
const LOGITS_AT_ONCE = 1 << 24;
/** Chunks begin where a device can bind them. */
const CHUNK_ROWS = 64;

/** Rows of logits that are computed at once. */
export function rowsPerChunk(rows: number, vocabSize: number): number {
  if (rows * vocabSize <= LOGITS_AT_ONCE) return rows;
  return Math.max(CHUNK_ROWS, Math.floor(LOGITS_AT_ONCE / vocabSize / CHUNK_ROWS) * CHUNK_ROWS);
}

const outputOf = ({ tokenEmbedding }: Parameters): OutputLayer => ({ kind: 'tied', table: tokenEmbedding });

const wholeAttention: Attend = (qkv, _layer, shape, drop) => attention(qkv, shape, drop && { dropout: drop });

function passOf(
  { model, layout, tensors }: ModelTensors,
  ids: tf.Tensor1D,
  length: number,
  attend: Attend,
): Omit<ForwardPass, 'dropoutKey'> {
  const position = tf.tensor1d([0], 'int32');
  return { model, parameters: nameParameters(tensors, layout.specs), ids, length, position, attend };
}

/** Mean loss in nats, nothing dropped: a scalar. */
export function evaluationLoss(given: ModelTensors, { ids, targets, length }: BatchTensors): tf.Scalar {
  const pass = passOf(given, ids, length, wholeAttention);
  const rows = ids.shape[0];
  const output = outputOf(pass.parameters);
  const chunk = rowsPerChunk(rows, vocabSizeOf(output));
  return nextTokenLoss(hiddenStates(pass), output, targets, { rowsPerChunk: chunk, training: false });
}

/**
 * Mean objective of a training batch in nats, and its gradient laid out like the parameters, flat.
 * @param dropoutKey [1] int32, decides what is dropped
 */
export function lossAndGradient(
  given: ModelTensors,
  { ids, targets, length }: BatchTensors,
  dropoutKey: tf.Tensor1D,
): { loss: tf.Scalar; gradient: tf.Tensor1D } {
  const lossOf = (...tensors: tf.Tensor[]): tf.Scalar => {
    const pass = passOf({ ...given, tensors }, ids, length, wholeAttention);
    const hidden = hiddenStates(given.model.dropout > 0 ? { ...pass, dropoutKey } : pass);
    const output = outputOf(pass.parameters);
    const chunk = rowsPerChunk(ids.shape[0], vocabSizeOf(output));
    const { objective } = given;
    return nextTokenLoss(hidden, output, targets, { rowsPerChunk: chunk, training: true, objective });
  };
  const { value, grads } = tf.valueAndGrads(lossOf)([...given.tensors]);
  const { specs, size } = given.layout;
  const offsets = specs.map(({ offset }) => offset);
  return { loss: value as tf.Scalar, gradient: joined(grads, offsets, size) };
}

/** Logits at every position of whole sequences: ids [B·T] → [B·T, V]. */
export function logits(given: ModelTensors, ids: tf.Tensor1D, length: number): tf.Tensor2D {
  const pass = passOf(given, ids, length, wholeAttention);
  return outputLogits(hiddenStates(pass), outputOf(pass.parameters));
}

/**
 * Reads K further tokens of each of S sequences.
 * @param ids [S·K] int32 @param position [1] int32: tokens read before
 * @param caches per layer [S·contextLength, 2C]: keys and values so far
 * @returns logits [S·K, V] and the caches with the new tokens' keys and values
 */
export function decodingStep(
  given: ModelTensors,
  ids: tf.Tensor1D,
  position: tf.Tensor1D,
  caches: readonly tf.Tensor2D[],
  samples: number,
): { logits: tf.Tensor2D; caches: tf.Tensor2D[] } {
  const present: tf.Tensor2D[] = [];
  const attend: Attend = (qkv, layer, shape) => {
    const past = caches[layer];
    if (past === undefined) throw new RangeError(`There is no cache for layer ${layer}.`);
    const { output, cache } = cachedAttention(qkv, past, position, shape);
    present.push(cache);
    return output;
  };
  const pass = { ...passOf(given, ids, (ids.shape[0] ?? 0) / samples, attend), position };
  return { logits: outputLogits(hiddenStates(pass), outputOf(pass.parameters)), caches: present };
}

/**
 * Attention weights of one layer over one sequence: [H·T, T], rows sum to 1.
 * @param ids [T] int32
 */
export function layerAttentionWeights(given: ModelTensors, ids: tf.Tensor1D, layer: number): tf.Tensor2D {
  const length = ids.shape[0] ?? 0;
  let weights: tf.Tensor2D | undefined;
  const attend: Attend = (qkv, index, shape) => {
    if (index === layer) weights = attentionWeights(qkv, shape);
    return attention(qkv, shape);
  };
  const pass = passOf(given, ids, length, attend);
  const { parameters } = pass;
  hiddenStates({ ...pass, parameters: { ...parameters, blocks: parameters.blocks.slice(0, layer + 1) } });
  if (weights === undefined) throw new RangeError(`This model has no layer ${layer + 1}.`);
  return weights;
}
