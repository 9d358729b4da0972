// GPT-3's decoder (Brown et al. 2020 §2.1; the architecture of Radford et al. 2019), and whatever else its switches make
// of it: the whole forward pass. How attention reads the past (whole sequences, cached keys and values, captured
// weights) is the caller's choice.
import { bandOfLayer, keyValueHeads } from '../config/modelShape.ts';
import type { ModelConfig } from '../config/runConfig.ts';
import type * as tf from '../engine/tf.ts';
import { add } from '../engine/tf.ts';
import type { HeadShape } from '../ops/attention/heads.ts';
import { dropout } from '../ops/dropout/dropout.ts';
import type { DropoutSite } from '../ops/dropout/dropoutMask.ts';
import { embedding } from '../ops/embedding/embedding.ts';
import { gelu } from '../ops/gelu/gelu.ts';
import { geluExact } from '../ops/geluExact/geluExact.ts';
import { layerNorm } from '../ops/layerNorm/layerNorm.ts';
import { linear } from '../ops/linear/linear.ts';
import { relu } from '../ops/relu/relu.ts';
import { rmsNorm } from '../ops/rmsNorm/rmsNorm.ts';
import { rotary } from '../ops/rotary/rotary.ts';
import { swiglu } from '../ops/swiglu/swiglu.ts';
import type { BlockParameters, Parameters } from './parameters.ts';

/** Where and by which key attention weights are dropped. */
export type AttentionDropout = DropoutSite & { readonly key: tf.Tensor1D };

/** Mixes tokens: qkv [B·T, (H + 2K)·D] → [B·T, C]. */
export type Attend = (qkv: tf.Tensor2D, layer: number, shape: HeadShape, drop?: AttentionDropout) => tf.Tensor2D;

export interface ForwardPass {
  readonly model: ModelConfig;
  readonly parameters: Parameters;
  /** [B·T] int32. */
  readonly ids: tf.Tensor1D;
  /** T: tokens per sequence. */
  readonly length: number;
  /** What positions are told by. */
  readonly positions: PositionTensors;
  readonly attend: Attend;
  /** [1] int32, another one for every step of training; without it nothing is dropped. */
  readonly dropoutKey?: tf.Tensor1D;
}

export interface PositionTensors {
  /** [1] int32: position of the first token; 0 for whole sequences. */
  readonly first: tf.Tensor1D;
  /** [contextLength, C]: added to the tokens, where positions are sinusoidal. */
  readonly sinusoidal?: tf.Tensor2D | undefined;
  /** [T, D]: cosines and sines of the tokens' positions, where queries and keys are rotated. */
  readonly rotary?: tf.Tensor2D | undefined;
}

/** Distinct dropout sites of one layer: 0 attention, 1 and 2 the two residual sums; the embedding is layer −1's. */
const SITES_PER_LAYER = 3;

export const dropoutSite = (model: ModelConfig, layer: number, site: number): DropoutSite => {
  const isOn = layer < 0 ? model.dropEmbedding : site === 0 ? model.dropAttention : model.dropResidual;
  return { rate: isOn ? model.dropout : 0, site: (layer + 1) * SITES_PER_LAYER + site };
};

/** Linear outputs that are only read again, not added to the stream: they may be kept in half precision. */
const HALF = { half: true } as const;

const ACTIVATIONS = { gelu, 'gelu-exact': geluExact, relu, swiglu } as const;

/** @returns the normalised residual stream before the output layer, [B·T, C]. */
export function hiddenStates(pass: ForwardPass): tf.Tensor2D {
  const { model, parameters, ids, length, positions, dropoutKey: key } = pass;
  const norm = (x: tf.Tensor2D, gain: tf.Tensor1D, bias: tf.Tensor1D | undefined): tf.Tensor2D =>
    model.norm === 'rms' ? rmsNorm(x, gain) : layerNorm(x, gain, bias);
  const drop = (x: tf.Tensor2D, layer: number, site: number): tf.Tensor2D =>
    key === undefined ? x : dropout(x, dropoutSite(model, layer, site), key);
  /** One residual sum: what a part makes of the stream is added to it, with a norm before or after. */
  const residual = (
    x: tf.Tensor2D,
    part: (x: tf.Tensor2D) => tf.Tensor2D,
    normed: (x: tf.Tensor2D) => tf.Tensor2D,
    layer: number,
    site: number,
  ): tf.Tensor2D => {
    if (model.normPlacement === 'pre') return add(x, drop(part(normed(x)), layer, site));
    if (model.dropoutAfterNorm) return drop(normed(add(x, part(x))), layer, site);
    return normed(add(x, drop(part(x), layer, site)));
  };

  let x = embedded(parameters, ids, positions, length); // [B·T, C]
  x = drop(x, -1, 0);
  parameters.blocks.forEach((block, layer) => {
    const mix = (x: tf.Tensor2D): tf.Tensor2D => attentionPart(pass, block, x, layer);
    const think = (x: tf.Tensor2D): tf.Tensor2D => feedForward(model, block, x);
    x = residual(x, mix, (x) => norm(x, block.norm1Gain, block.norm1Bias), layer, 1);
    x = residual(x, think, (x) => norm(x, block.norm2Gain, block.norm2Bias), layer, 2);
  });
  return norm(x, parameters.finalNormGain, parameters.finalNormBias);
}

function embedded(
  { tokenEmbedding, positionEmbedding }: Parameters,
  ids: tf.Tensor1D,
  { first, sinusoidal }: PositionTensors,
  length: number,
): tf.Tensor2D {
  const positionsAreFixed = positionEmbedding === undefined;
  return embedding(tokenEmbedding, positionEmbedding ?? sinusoidal, ids, first, length, { positionsAreFixed });
}

function attentionPart(pass: ForwardPass, block: BlockParameters, x: tf.Tensor2D, layer: number): tf.Tensor2D {
  const { model, ids, length, positions, attend, dropoutKey: key } = pass;
  const headSize = model.nEmbd / model.nHead;
  const nKeyValueHead = keyValueHeads(model);
  const shape: HeadShape = {
    batch: (ids.shape[0] ?? 0) / length,
    length,
    nHead: model.nHead,
    headSize,
    nKeyValueHead,
    causal: model.causal,
    band: bandOfLayer(model, layer),
    alibi: model.positions === 'alibi',
  };
  let qkv = linear(x, block.qkvWeight, block.qkvBias, HALF); // [B·T, (H + 2K)·D]
  if (positions.rotary) qkv = rotary(qkv, positions.rotary, (model.nHead + nKeyValueHead) * headSize, length);
  const mixed = attend(qkv, layer, shape, key && { ...dropoutSite(model, layer, 0), key });
  return linear(mixed, block.projectionWeight, block.projectionBias);
}

function feedForward(model: ModelConfig, block: BlockParameters, x: tf.Tensor2D): tf.Tensor2D {
  const expanded = linear(x, block.expandWeight, block.expandBias, HALF); // [B·T, F], for SwiGLU [B·T, 2F]
  return linear(ACTIVATIONS[model.activation](expanded), block.contractWeight, block.contractBias);
}
