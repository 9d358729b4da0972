// What looking at a text's attention takes: of the device while one layer is computed, and of memory while all layers are
// shown. Sizes alone; an estimate that is never too small.
import { feedForwardWidth, qkvWidth } from './modelShape.ts';
import type { ModelConfig } from './runConfig.ts';

const FLOAT_BYTES = 4;
/** Bytes of a layer's weights that are copied from a device at once. */
export const WEIGHTS_COPIED = 1 << 26;
/** Tensors of all heads' weights that operations one by one hold at the same time: scores, masked scores, weights … */
const EAGER_COPIES = 4;
/** … and what ALiBi adds to them: distances, their cost, and masks for each head. */
const ALIBI_COPIES = 4;

/**
 * Tokens that a plan of a text's attention has places for: as many as there are, or a few more, so that texts of about
 * the same length share a plan. At most an eighth more beyond 128 tokens.
 */
export function attentionPlaces(tokens: number, contextLength: number): number {
  const step = Math.max(16, 2 ** (Math.ceil(Math.log2(tokens)) - 4));
  return Math.min(contextLength, Math.ceil(tokens / step) * step);
}

export interface AttentionBytes {
  /** While one layer is computed, with the weights of all layers that are shown. */
  readonly total: number;
  readonly largestTensor: number;
}

/** Of `tokens` tokens, at most the context. */
export function attentionBytes(model: ModelConfig, tokens: number, engine: 'plan' | 'eager'): AttentionBytes {
  const { nLayer, nHead, nEmbd, contextLength, activation, positions } = model;
  const shown = nLayer * nHead * tokens ** 2;
  const expanded = (activation === 'swiglu' ? 2 : 1) * feedForwardWidth(model);
  const rows = engine === 'plan' ? attentionPlaces(tokens, contextLength) : tokens;
  const weights = nHead * rows ** 2;
  const largest = Math.max(weights, rows * Math.max(expanded, qkvWidth(model)));
  if (engine === 'plan') {
    // The stream, and what a block makes of it before it is added; a number per row and head of attention.
    const activations = rows * (6 * nEmbd + qkvWidth(model) + expanded + feedForwardWidth(model) + nHead);
    const copied = Math.max(nHead > 0 ? rows ** 2 : 0, Math.min(weights, WEIGHTS_COPIED / FLOAT_BYTES));
    return { total: FLOAT_BYTES * (shown + weights + activations + copied), largestTensor: FLOAT_BYTES * largest };
  }
  // Nothing is given back before the layer is there, but for what attention makes in each.
  const perLayer = rows * (12 * nEmbd + 3 * qkvWidth(model) + expanded + 3 * feedForwardWidth(model));
  const masks = 2 * rows ** 2;
  const scores = (EAGER_COPIES + (positions === 'alibi' ? ALIBI_COPIES : 0)) * weights + masks;
  return {
    total: FLOAT_BYTES * (shown + scores + nLayer * perLayer),
    largestTensor: FLOAT_BYTES * largest,
  };
}

/** The most of `tokens` tokens whose attention takes no more than this; at least 1. */
export function mostTokensWithin(
  model: ModelConfig,
  tokens: number,
  engine: 'plan' | 'eager',
  most: AttentionBytes,
): number {
  const fits = (count: number): boolean => {
    const { total, largestTensor } = attentionBytes(model, count, engine);
    return total <= most.total && largestTensor <= most.largestTensor;
  };
  if (fits(tokens)) return tokens;
  let [fitting, tooMany] = [1, tokens];
  while (tooMany - fitting > 1) {
    const middle = Math.floor((fitting + tooMany) / 2);
    if (fits(middle)) fitting = middle;
    else tooMany = middle;
  }
  return fitting;
}
