// How well a model predicts the held-out part of its text, window by window.
import { validationBatches } from '../data/batches.ts';
import type { Dataset } from '../data/dataset.ts';
import type { Exclusive } from '../engine/exclusive.ts';
import { askedTargets, measuredQuestion, seesAnswers, type LanguageModel } from '../model/languageModel.ts';
import type { HeldOutReport } from '../protocol/messages.ts';
import { PredictionTally } from './predictionTally.ts';

/** A batch's logits are read from the device at once: 8 MB, unless one window alone has more. */
const LOGITS_AT_ONCE = 2 ** 21;
const MOST_ROWS = 32;

const ASKED_ONCE = 'The model predicts once per window, so only the token after each window was predicted.';
const ANSWER_IN_VIEW =
  'Without a mask, the model can see the tokens within a window, so only the token after each window was predicted.';

export interface HeldOutRequest {
  /** Tokens to read at most; at least one window is read. */
  readonly tokens: number;
  /** Largest single tensor in bytes that the device takes. */
  readonly maxTensorBytes: number;
  /** UTF-8 bytes that a token stands for. */
  readonly bytesOf: (id: number) => number;
  readonly exclusive: Exclusive;
  readonly onProgress: (share: number) => void;
}

/**
 * Predicts windows without overlap, spread evenly over the held-out part. A model with one prediction for a whole
 * window is asked for the token after it, and so is one that would see its answers elsewhere.
 */
export async function measureHeldOut(
  model: LanguageModel,
  dataset: Pick<Dataset, 'train' | 'validation'>,
  { tokens, maxTensorBytes, bytesOf, exclusive, onProgress }: HeldOutRequest,
): Promise<HeldOutReport> {
  const { vocabSize } = model;
  const question = measuredQuestion(model.config);
  const counts = new Uint32Array(vocabSize);
  for (const id of dataset.train) counts[id] = (counts[id] ?? 0) + 1;
  const tally = new PredictionTally(vocabSize, bytesOf, counts);

  const longest = Math.max(1, Math.min(model.config.contextLength, Math.floor(maxTensorBytes / (4 * vocabSize))));
  const wanted = Math.max(1, Math.floor(tokens / longest));
  const rows = Math.max(1, Math.min(MOST_ROWS, Math.floor(LOGITS_AT_ONCE / (longest * vocabSize))));
  const batches = validationBatches(dataset, longest, rows, wanted);
  for (const [done, batch] of batches.entries()) {
    onProgress(done / batches.length);
    const logits = await exclusive(() => model.logits(batch.inputs, batch.contextLength, question));
    const targets = askedTargets(batch, question);
    if (logits.length !== targets.length * vocabSize) {
      throw new RangeError(`The model gave ${logits.length} logits for ${targets.length} predictions.`);
    }
    tally.add(logits, targets);
  }
  onProgress(1);
  return {
    ...tally.figures(),
    validationTokens: dataset.validation.length,
    windowLength: batches[0]?.contextLength ?? longest,
    ...(question !== 'every' && { whyAtEnds: seesAnswers(model.config) ? ANSWER_IN_VIEW : ASKED_ONCE }),
  };
}
