// What texts that are read side by side take of memory: for each, keys and values of a whole context. Sizes alone; an
// estimate where operations run one by one.
import { feedForwardWidth, keyValueHeads } from './modelShape.ts';
import type { ModelConfig } from './runConfig.ts';

/** Tokens of each text that a plan reads at once of a longer one, with logits for each. */
export const PIECE = 16;

const FLOAT_BYTES = 4;

/** Bytes of one layer's keys and values of one text, the whole context. */
export const layerCacheBytes = (
  model: Pick<ModelConfig, 'contextLength' | 'nHead' | 'nKeyValueHead' | 'nEmbd'>,
): number => FLOAT_BYTES * model.contextLength * 2 * keyValueHeads(model) * (model.nEmbd / model.nHead);

/** How texts are read. */
export interface Reading {
  readonly engine: 'plan' | 'eager';
  /** Whether texts go on from each other, as beams do: they change places layer by layer, beside the keys and values. */
  readonly branches: boolean;
  /** Whether keys and values are kept; else every token is read with its whole window. */
  readonly keepsPast: boolean;
}

export interface ReadingBytes {
  readonly total: number;
  readonly largestTensor: number;
}

/** Of one text. */
export function readingBytes(
  model: ModelConfig,
  vocabSize: number,
  { engine, branches, keepsPast }: Reading,
): ReadingBytes {
  const { nLayer, nHead, nEmbd, contextLength } = model;
  if (!keepsPast) {
    // At the busiest moment: the feed-forward's values beside what the block goes on with; or all weights of attention.
    const rows = contextLength * (4 * nEmbd + 3 * feedForwardWidth(model));
    const scores = engine === 'eager' ? nHead * contextLength ** 2 : 0;
    const largest = Math.max(contextLength * 2 * feedForwardWidth(model), scores);
    return { total: FLOAT_BYTES * (rows + 2 * scores), largestTensor: FLOAT_BYTES * largest };
  }
  const layer = layerCacheBytes(model);
  const logits = FLOAT_BYTES * PIECE * vocabSize;
  // Operations one by one make new keys and values while the former are there.
  const caches = engine === 'eager' ? 2 * nLayer * layer : (nLayer + (branches ? 1 : 0)) * layer;
  return { total: caches + logits, largestTensor: Math.max(layer, logits) };
}
