// The validation loss: the mean over fixed batches, the same at every measurement.
import type { Batch, GptModel } from '../model/gptModel.ts';

/**
 * Mean loss per token in nats, nothing dropped.
 * @param turn awaited before each batch, so that other work is not kept waiting
 */
export async function validationLoss(
  model: GptModel,
  batches: readonly Batch[],
  turn: () => Promise<void>,
): Promise<number> {
  let sum = 0;
  let tokens = 0;
  for (const batch of batches) {
    await turn();
    const loss = model.loss(batch);
    const [value = Number.NaN] = await loss.data();
    loss.dispose();
    sum += value * batch.targets.length;
    tokens += batch.targets.length;
  }
  return sum / tokens;
}

/** Nats per token as bits per UTF-8 byte, by which tokenizers compare fairly. */
export function bitsPerByte(natsPerToken: number, tokens: number, bytes: number): number {
  return (natsPerToken / Math.LN2) * (tokens / bytes);
}
