// GPT-3's decoder (Brown et al. 2020 §2.1; the architecture of Radford et al. 2019): the whole forward pass.
// How attention reads the past (whole sequences, cached keys and values, captured weights) is the caller's choice.
import type { ModelConfig } from '../config/runConfig.ts';
import type * as tf from '../engine/tf.ts';
import { add } from '../engine/tf.ts';
import type { HeadShape } from '../ops/attention/heads.ts';
import { dropout } from '../ops/dropout/dropoutMask.ts';
import { embedding } from '../ops/embedding/embedding.ts';
import { gelu } from '../ops/gelu/gelu.ts';
import { layerNorm } from '../ops/layerNorm/layerNorm.ts';
import { linear, tiedLogits } from '../ops/linear/linear.ts';
import type { Parameters } from './parameters.ts';

/** Mixes tokens: qkv [B·T, 3C] → [B·T, C]. */
export type Attend = (qkv: tf.Tensor2D, layer: number, shape: HeadShape) => tf.Tensor2D;

export interface ForwardPass {
  readonly model: ModelConfig;
  readonly parameters: Parameters;
  /** [B·T] int32. */
  readonly ids: tf.Tensor1D;
  /** T: tokens per sequence. */
  readonly length: number;
  /** Position of the first token; 0 for whole sequences. */
  readonly offset?: number;
  readonly attend: Attend;
  /** Key of the dropout masks in training; without it nothing is dropped. */
  readonly dropoutKey?: number;
}

/** Distinct dropout sites of one layer; see `dropoutSite`. */
export const SITES_PER_LAYER = 3;

/** A key for one dropout site (0 attention, 1 and 2 the two residual sums) of one layer in one step. */
export const dropoutSite = (key: number, layer: number, site: number): number =>
  Math.imul(key, 0x9e3779b1) + (layer + 1) * SITES_PER_LAYER + site;

/** @returns the normalised residual stream before the output layer, [B·T, C]. */
export function hiddenStates(pass: ForwardPass): tf.Tensor2D {
  const { model, parameters, ids, length, attend } = pass;
  const headSize = model.nEmbd / model.nHead;
  const shape: HeadShape = { batch: (ids.shape[0] ?? 0) / length, length, nHead: model.nHead, headSize };
  const drop = (x: tf.Tensor2D, layer: number, site: number): tf.Tensor2D =>
    pass.dropoutKey === undefined ? x : dropout(x, model.dropout, dropoutSite(pass.dropoutKey, layer, site));

  let x = embedding(parameters.tokenEmbedding, parameters.positionEmbedding, ids, length, pass.offset ?? 0); // [B·T, C]
  x = drop(x, -1, 0);
  parameters.blocks.forEach((block, layer) => {
    const normed = layerNorm(x, block.norm1Gain, block.norm1Bias);
    const mixed = attend(linear(normed, block.qkvWeight, block.qkvBias), layer, shape);
    x = add(x, drop(linear(mixed, block.projectionWeight, block.projectionBias), layer, 1));

    const again = layerNorm(x, block.norm2Gain, block.norm2Bias);
    const expanded = gelu(linear(again, block.expandWeight, block.expandBias)); // [B·T, 4C]
    x = add(x, drop(linear(expanded, block.contractWeight, block.contractBias), layer, 2));
  });
  return layerNorm(x, parameters.finalNormGain, parameters.finalNormBias);
}

/** @returns logits of the next token at every position, [B·T, V]. */
export function gpt(pass: ForwardPass): tf.Tensor2D {
  return tiedLogits(hiddenStates(pass), pass.parameters.tokenEmbedding);
}
