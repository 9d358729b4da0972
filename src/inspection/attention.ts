// What every head of a layer looks at, exactly as the model computes it. Reads the model, never the screen.
import type { LanguageModel } from '../model/languageModel.ts';

/** A request for something the model does not have. `message` is a sentence for the user. */
export class InspectionError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InspectionError';
  }
}

export interface LayerAttention {
  /** T: tokens shown; the last ones of a text longer than the context. */
  readonly size: number;
  /** Leading tokens left out. */
  readonly offset: number;
  /** [nHead, T, T]: row = the token that looks; rows sum to 1. */
  readonly weights: Float32Array;
}

/** @throws InspectionError if there is no such layer, no token, or one outside the vocabulary */
export async function layerAttention(
  model: LanguageModel,
  tokens: readonly number[],
  layer: number,
): Promise<LayerAttention> {
  const { nLayer, contextLength } = model.config;
  const shown = tokens.slice(-contextLength);
  if (shown.length === 0) throw new InspectionError('There is no token to look from. Enter a prompt.');
  if (shown.some((id) => !Number.isInteger(id) || id < 0 || id >= model.vocabSize)) {
    throw new InspectionError('These tokens belong to another vocabulary than the model’s. Generate anew.');
  }
  if (!Number.isInteger(layer) || layer < 0 || layer >= nLayer) {
    throw new InspectionError(`This model has ${nLayer} layers; there is no layer ${layer + 1}.`);
  }
  const weights = await model.attentionWeights(Int32Array.from(shown), layer);
  return { size: shown.length, offset: tokens.length - shown.length, weights };
}
