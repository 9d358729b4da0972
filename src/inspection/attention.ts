// What every head of a layer attends to, exactly as the model computes it. Reads the model, never the screen.
import { inWords } from '../config/inWords.ts';
import { DeviceMemoryError } from '../engine/withinMemory.ts';
import { attentionBytes, mostTokensWithin } from '../config/attentionMemory.ts';
import type { ModelConfig } from '../config/runConfig.ts';
import type { LanguageModel } from '../model/languageModel.ts';

/** A request for something that the model does not have, or the device no memory for. Sentences for users. */
export class InspectionError extends Error {
  /** What to do; may be empty. */
  readonly remedy: string;

  constructor(message: string, remedy = '') {
    super(message);
    this.name = 'InspectionError';
    this.remedy = remedy;
  }
}

/** The memory that a look may take. */
export interface AttentionRoom {
  readonly engine: 'plan' | 'eager';
  /** What is left to plan with. */
  readonly freeBytes: number;
  readonly maxTensorBytes: number;
}

/** A look that takes no more is tried in any case: what is left is an estimate. */
const ALWAYS_TRIED_BYTES = 1 << 25;

/**
 * @param tokens of the text; the last ones of a text longer than the context are shown
 * @throws InspectionError if their attention in all layers takes more memory than there is, with the most tokens that fit
 */
export function requireAttentionRoom(model: ModelConfig, tokens: number, room: AttentionRoom): void {
  const { engine, freeBytes, maxTensorBytes } = room;
  const shown = Math.min(tokens, model.contextLength);
  if (shown === 0) return;
  const most = { total: Math.max(freeBytes, ALWAYS_TRIED_BYTES), largestTensor: maxTensorBytes };
  const fitting = mostTokensWithin(model, shown, engine, most);
  if (fitting === shown) return;
  const { total, largestTensor } = attentionBytes(model, shown, engine);
  const what = `The attention of ${counted(shown)} in ${model.nHead} heads × ${model.nLayer} layers`;
  throw new InspectionError(
    total > most.total
      ? `${what} needs about ${gigabytes(total)} of memory; about ${gigabytes(most.total)} is left to plan with on this device.`
      : `${what} needs a single tensor of ${gigabytes(largestTensor)}; this device takes at most ${gigabytes(maxTensorBytes)}.`,
    `Shorten the text to at most ${counted(fitting)}.`,
  );
}

const counted = (tokens: number): string => `${inWords(tokens)} ${tokens === 1 ? 'token' : 'tokens'}`;
const gigabytes = (bytes: number): string => `${(bytes / 1e9).toPrecision(2)} GB`;

export interface LayerAttention {
  /** T: tokens shown; the last ones of a text longer than the context. */
  readonly size: number;
  /** Leading tokens left out. */
  readonly offset: number;
  /** [nHead, T, T]: row = the token that attends; rows sum to 1. */
  readonly weights: Float32Array;
}

/**
 * @throws InspectionError if there is no such layer, no token, or one outside the vocabulary, or if the device has no
 *   memory for it: it then holds no more than before
 */
export async function layerAttention(
  model: LanguageModel,
  tokens: readonly number[],
  layer: number,
): Promise<LayerAttention> {
  const { nLayer, contextLength } = model.config;
  const shown = tokens.slice(-contextLength);
  if (shown.length === 0) throw new InspectionError('There is no token to show. Enter a prompt.');
  if (shown.some((id) => !Number.isInteger(id) || id < 0 || id >= model.vocabSize)) {
    throw new InspectionError('This text was tokenized for another model. Generate again.');
  }
  if (!Number.isInteger(layer) || layer < 0 || layer >= nLayer) {
    throw new InspectionError(`This model has ${nLayer} layers; there is no layer ${layer + 1}.`);
  }
  const weights = await model.attentionWeights(Int32Array.from(shown), layer).catch((error: unknown) => {
    if (!(error instanceof DeviceMemoryError)) throw error;
    const fewer = Math.floor(shown.length / 2);
    throw new InspectionError(
      `The device has no memory left for the attention of ${counted(shown.length)}.`,
      fewer > 0 ? `Shorten the text to ${counted(fewer)}.` : 'Choose a smaller model.',
    );
  });
  return { size: shown.length, offset: tokens.length - shown.length, weights };
}
