// Sizes of a model's parts that follow from its config.
import type { ModelConfig } from './runConfig.ts';

/** Heads of keys and values: each serves equally many query heads. */
export const keyValueHeads = ({ nHead, nKeyValueHead }: Pick<ModelConfig, 'nHead' | 'nKeyValueHead'>): number =>
  nKeyValueHead === 0 ? nHead : nKeyValueHead;

/** Columns of queries, keys and values together. */
export const qkvWidth = (model: Pick<ModelConfig, 'nHead' | 'nKeyValueHead' | 'nEmbd'>): number =>
  (model.nEmbd / model.nHead) * (model.nHead + 2 * keyValueHeads(model));

/**
 * Inner width of the feed-forward: four times the model's. SwiGLU has two matrices where others have one, and so takes
 * two thirds of it for about as many parameters (Shazeer 2020).
 */
export const feedForwardWidth = ({ activation, nEmbd }: Pick<ModelConfig, 'activation' | 'nEmbd'>): number =>
  activation === 'swiglu' ? 4 * Math.round((2 * nEmbd) / 3) : 4 * nEmbd;

/** How far a token looks in a layer, itself included; 0 is without limit. Every second layer is banded (GPT-3 §2.1). */
export const bandOfLayer = ({ band }: Pick<ModelConfig, 'band'>, layer: number): number => (layer % 2 === 1 ? band : 0);
