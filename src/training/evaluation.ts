// The validation loss: the mean over fixed batches, the same at every measurement, enough of them to rest on.
import { askedTargets, measuredQuestion, type Batch, type LanguageModel } from '../model/languageModel.ts';

/** Windows to read where each asks one question: so many answers at least. */
export const QUESTION_WINDOWS = 256;
/** Batches to read where every token is asked for. */
const VALIDATION_BATCHES = 8;

/** How many validation windows a model is measured on, at most. */
export function validationWindows(model: LanguageModel['config'], batchSize: number): number {
  const windows = VALIDATION_BATCHES * batchSize;
  return measuredQuestion(model) === 'every' ? windows : Math.max(windows, QUESTION_WINDOWS);
}

/**
 * Mean loss in nats per token asked for, nothing dropped; a model that would see its answers is asked where it does not
 * (see `measuredQuestion`).
 * @param turn awaited before each batch, so that other work is not kept waiting
 */
export async function validationLoss(
  model: LanguageModel,
  batches: readonly Batch[],
  turn: () => Promise<void>,
): Promise<number> {
  const question = measuredQuestion(model.config);
  let sum = 0;
  let tokens = 0;
  for (const batch of batches) {
    await turn();
    const [value = Number.NaN] = await model.losses([batch], question);
    const asked = askedTargets(batch, question).length;
    sum += value * asked;
    tokens += asked;
  }
  return sum / tokens;
}

/** Nats per token as bits per UTF-8 byte, by which tokenizers compare fairly. */
export function bitsPerByte(natsPerToken: number, tokens: number, bytes: number): number {
  return (natsPerToken / Math.LN2) * (tokens / bytes);
}
