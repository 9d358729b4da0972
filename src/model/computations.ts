// What a model computes, as functions of tensors that run eagerly or are traced into a plan alike: loss, loss with
// gradient, logits, one step of decoding, attention weights.
import type { ModelConfig } from '../config/runConfig.ts';
import * as tf from '../engine/tf.ts';
import { joined } from '../engine/trace.ts';
import { attention } from '../ops/attention/attention.ts';
import { attentionWeights } from '../ops/attention/attentionWeights.ts';
import { cachedAttention } from '../ops/attention/cachedAttention.ts';
import { nextTokenLoss, type NextTokenLossOptions } from '../ops/crossEntropy/nextTokenLoss.ts';
import type { Objective } from '../ops/crossEntropy/objective.ts';
import { outputLogits, vocabSizeOf, type OutputLayer } from '../ops/crossEntropy/outputLayer.ts';
import { sinusoidalTable } from '../ops/embedding/sinusoidalTable.ts';
import { pooledRows } from '../ops/pooledRows/pooledRows.ts';
import { rotaryTable } from '../ops/rotary/rotaryTable.ts';
import { hiddenStates, type Attend, type ForwardPass, type PositionTensors } from './gpt.ts';
import { finalQuestion, type Question } from './languageModel.ts';
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
  /** int32: what follows each token [B·T], or what follows each sequence [B] where that alone is asked for. */
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

/** @param visible [1] int32: tokens from there on are not there; for models that look ahead */
const wholeAttention =
  (visible?: tf.Tensor1D): Attend =>
  (qkv, _layer, shape, dropout) =>
    attention(qkv, shape, { ...(dropout && { dropout }), ...(visible && !shape.causal && { visible }) });

/** Position tensors of whole sequences. */
function wholePositions(model: ModelConfig, length: number): PositionTensors {
  const { positions, contextLength, nEmbd, nHead } = model;
  const headSize = nEmbd / nHead;
  return {
    first: tf.tensor1d([0], 'int32'),
    sinusoidal: positions === 'sinusoidal' ? sinusoidal(contextLength, nEmbd) : undefined,
    rotary: positions === 'rotary' ? tf.tensor2d(rotaryTable(0, length, headSize), [length, headSize]) : undefined,
  };
}

const sinusoidal = (contextLength: number, width: number): tf.Tensor2D =>
  tf.tensor2d(sinusoidalTable(contextLength, width), [contextLength, width]);

function passOf(
  { model, layout, tensors }: ModelTensors,
  ids: tf.Tensor1D,
  length: number,
  attend: Attend,
  positions = wholePositions(model, length),
): Omit<ForwardPass, 'dropoutKey'> {
  return { model, parameters: nameParameters(tensors, layout.specs), ids, length, positions, attend };
}

const outputLayer = ({ tokenEmbedding, outputWeight, outputBias }: Parameters): OutputLayer =>
  outputWeight === undefined
    ? { kind: 'tied', table: tokenEmbedding }
    : { kind: 'linear', weight: outputWeight, ...(outputBias && { bias: outputBias }) };

/** The rows of hidden states that are asked for the next token. @param visible [1] int32: tokens of each sequence */
const askedRows = (hidden: tf.Tensor2D, question: Question, length: number, visible?: tf.Tensor1D): tf.Tensor2D =>
  question === 'every' ? hidden : pooledRows(hidden, question, length, visible ?? tf.tensor1d([length], 'int32'));

function lossOf(
  pass: ForwardPass,
  targets: tf.Tensor1D,
  question: Question,
  options: Omit<NextTokenLossOptions, 'rowsPerChunk'>,
): tf.Scalar {
  const output = outputLayer(pass.parameters);
  const asked = askedRows(hiddenStates(pass), question, pass.length);
  const chunk = rowsPerChunk(asked.shape[0], vocabSizeOf(output));
  return nextTokenLoss(asked, output, targets, { rowsPerChunk: chunk, ...options });
}

/** Mean loss in nats, nothing dropped and nothing added: a scalar. */
export function evaluationLoss(
  given: ModelTensors,
  { ids, targets, length }: BatchTensors,
  question: Question = given.model.prediction,
): tf.Scalar {
  return lossOf(passOf(given, ids, length, wholeAttention()), targets, question, { training: false });
}

/**
 * Mean loss in nats of a training batch, with what the objective adds, and its gradient laid out like the parameters,
 * flat.
 * @param dropoutKey [1] int32, decides what is dropped
 */
export function lossAndGradient(
  given: ModelTensors,
  { ids, targets, length }: BatchTensors,
  dropoutKey: tf.Tensor1D,
): { loss: tf.Scalar; gradient: tf.Tensor1D } {
  const { model, objective } = given;
  const positions = wholePositions(model, length);
  const loss = (...tensors: tf.Tensor[]): tf.Scalar => {
    const pass = passOf({ ...given, tensors }, ids, length, wholeAttention(), positions);
    return lossOf(model.dropout > 0 ? { ...pass, dropoutKey } : pass, targets, model.prediction, {
      training: true,
      objective,
    });
  };
  const { value, grads } = tf.valueAndGrads(loss)([...given.tensors]);
  const { specs, size } = given.layout;
  const offsets = specs.map(({ offset }) => offset);
  return { loss: value as tf.Scalar, gradient: joined(grads, offsets, size) };
}

/** Logits wherever the model is asked, of whole sequences: ids [B·T] → [B·T, V], or [B, V] for one question each. */
export function logits(
  given: ModelTensors,
  ids: tf.Tensor1D,
  length: number,
  question: Question = given.model.prediction,
): tf.Tensor2D {
  const pass = passOf(given, ids, length, wholeAttention());
  const asked = askedRows(hiddenStates(pass), question, length);
  return outputLogits(asked, outputLayer(pass.parameters));
}

/**
 * Logits after the last visible token of each sequence: for models whose past cannot be kept, since it looks ahead.
 * @param ids [S·T] int32 @param visible [1] int32: tokens of each sequence, at most T @returns [S, V]
 */
export function finalLogits(given: ModelTensors, ids: tf.Tensor1D, length: number, visible: tf.Tensor1D): tf.Tensor2D {
  const pass = passOf(given, ids, length, wholeAttention(visible));
  const asked = askedRows(hiddenStates(pass), finalQuestion(given.model), length, visible);
  return outputLogits(asked, outputLayer(pass.parameters));
}

export interface DecodingTensors {
  /** [S·K] int32. */
  readonly ids: tf.Tensor1D;
  /** [1] int32: tokens read before. */
  readonly position: tf.Tensor1D;
  /** Per layer [S·contextLength, 2K·D]: keys and values so far. */
  readonly caches: readonly tf.Tensor2D[];
  /** [K, D]: see `PositionTensors`. */
  readonly rotary: tf.Tensor2D | undefined;
}

/**
 * Reads K further tokens of each of S sequences.
 * @returns logits [S·K, V] and the caches with the new tokens' keys and values
 */
export function decodingStep(
  given: ModelTensors,
  { ids, position, caches, rotary }: DecodingTensors,
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
  const { positions, contextLength, nEmbd } = given.model;
  const tables = positions === 'sinusoidal' ? sinusoidal(contextLength, nEmbd) : undefined;
  const length = (ids.shape[0] ?? 0) / samples;
  const pass = passOf(given, ids, length, attend, { first: position, sinusoidal: tables, rotary });
  return { logits: outputLogits(hiddenStates(pass), outputLayer(pass.parameters)), caches: present };
}

/**
 * Attention weights of one layer over one sequence: [H·T, T], rows sum to 1.
 * @param ids [T] int32 @param visible [1] int32: tokens from there on are not there; for models that look ahead
 */
export function layerAttentionWeights(
  given: ModelTensors,
  ids: tf.Tensor1D,
  layer: number,
  visible?: tf.Tensor1D,
): tf.Tensor2D {
  const length = ids.shape[0] ?? 0;
  let weights: tf.Tensor2D | undefined;
  const mix = wholeAttention(visible);
  const attend: Attend = (qkv, index, shape) => {
    // Eagerly, each layer's matrices of all heads go before the next layer makes its own.
    if (index < layer) return tf.tidy(() => mix(qkv, index, shape));
    weights = tf.tidy(() => attentionWeights(qkv, shape, shape.causal ? undefined : visible));
    // Nobody asks what follows.
    return tf.zeros([length, shape.nHead * shape.headSize]);
  };
  const pass = passOf(given, ids, length, attend);
  const { parameters } = pass;
  hiddenStates({ ...pass, parameters: { ...parameters, blocks: parameters.blocks.slice(0, layer + 1) } });
  if (weights === undefined) throw new RangeError(`This model has no layer ${layer + 1}.`);
  return weights;
}
