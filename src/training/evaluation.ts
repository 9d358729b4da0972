// The validation loss: the mean over fixed batches, the same at every measurement.
import type { Batch, LanguageModel } from '../model/languageModel.ts';

/**
 * Mean loss per token in nats, nothing dropped.
 * @param turn awaited before each batch, so that other work is not kept waiting
 */
export async function validationLoss(
  model: LanguageModel,
  batches: readonly Batch[],
  turn: () => Promise<void>,
): Promise<number> {
  let sum = 0;
  let tokens = 0;
  for (const batch of batches) {
    await turn();
    const [value = Number.NaN] = await model.losses([batch]);
    sum += value * batch.targets.length;
    tokens += batch.targets.length;
  }
  return sum / tokens;
}

/** Nats per token as bits per UTF-8 byte, by which tokenizers compare fairly. */
export function bitsPerByte(natsPerToken: number, tokens: number, bytes: number): number {
  return (natsPerToken / Math.LN2) * (tokens / bytes);
}
