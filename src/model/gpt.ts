// GPT-3's decoder (Brown et al. 2020 §2.1; the architecture of Radford et al. 2019): the whole forward pass.
// How attention reads the past (whole sequences, cached keys and values, captured weights) is the caller's choice.
import type { ModelConfig } from '../config/runConfig.ts';
import type * as tf from '../engine/tf.ts';
import { add } from '../engine/tf.ts';
import type { HeadShape } from '../ops/attention/heads.ts';
import { dropout } from '../ops/dropout/dropout.ts';
import type { DropoutSite } from '../ops/dropout/dropoutMask.ts';
import { embedding } from '../ops/embedding/embedding.ts';
import { gelu } from '../ops/gelu/gelu.ts';
import { layerNorm } from '../ops/layerNorm/layerNorm.ts';
import { linear } from '../ops/linear/linear.ts';
import type { Parameters } from './parameters.ts';

/** Where and by which key attention weights are dropped. */
export type AttentionDropout = DropoutSite & { readonly key: tf.Tensor1D };

/** Mixes tokens: qkv [B·T, 3C] → [B·T, C]. */
export type Attend = (qkv: tf.Tensor2D, layer: number, shape: HeadShape, drop?: AttentionDropout) => tf.Tensor2D;

export interface ForwardPass {
  readonly model: ModelConfig;
  readonly parameters: Parameters;
  /** [B·T] int32. */
  readonly ids: tf.Tensor1D;
  /** T: tokens per sequence. */
  readonly length: number;
  /** [1] int32: position of the first token; 0 for whole sequences. */
  readonly position: tf.Tensor1D;
  readonly attend: Attend;
  /** [1] int32, another one for every step of training; without it nothing is dropped. */
  readonly dropoutKey?: tf.Tensor1D;
}

/** Distinct dropout sites of one layer: 0 attention, 1 and 2 the two residual sums; the embedding is layer −1's. */
const SITES_PER_LAYER = 3;

export const dropoutSite = (model: ModelConfig, layer: number, site: number): DropoutSite => ({
  rate: model.dropout,
  site: (layer + 1) * SITES_PER_LAYER + site,
});

/** Linear outputs that are only read again, not added to the stream: they may be kept in half precision. */
const HALF = { half: true } as const;

/** @returns the normalised residual stream before the output layer, [B·T, C]. */
export function hiddenStates(pass: ForwardPass): tf.Tensor2D {
  const { model, parameters, ids, length, position, attend, dropoutKey: key } = pass;
  const { nHead, nEmbd } = model;
  const batch = (ids.shape[0] ?? 0) / length;
  const dense = { causal: true, band: 0, alibi: false };
  const shape: HeadShape = { batch, length, nHead, nKeyValueHead: nHead, headSize: nEmbd / nHead, ...dense };
  const drop = (x: tf.Tensor2D, layer: number, site: number): tf.Tensor2D =>
    key === undefined ? x : dropout(x, dropoutSite(model, layer, site), key);

  let x = embedding(parameters.tokenEmbedding, parameters.positionEmbedding, ids, position, length); // [B·T, C]
  x = drop(x, -1, 0);
  parameters.blocks.forEach((block, layer) => {
    const normed = layerNorm(x, block.norm1Gain, block.norm1Bias);
    const qkv = linear(normed, block.qkvWeight, block.qkvBias, HALF); // [B·T, 3C]
    const mixed = attend(qkv, layer, shape, key && { ...dropoutSite(model, layer, 0), key });
    x = add(x, drop(linear(mixed, block.projectionWeight, block.projectionBias), layer, 1));

    const again = layerNorm(x, block.norm2Gain, block.norm2Bias);
    const expanded = gelu(linear(again, block.expandWeight, block.expandBias, HALF)); // [B·T, 4C]
    x = add(x, drop(linear(expanded, block.contractWeight, block.contractBias), layer, 2));
  });
  return layerNorm(x, parameters.finalNormGain, parameters.finalNormBias);
}
