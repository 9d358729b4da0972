// Whether a saved run fits the text that it was trained on: vocabulary, figures, and its place in the text.
import { inWords } from '../config/inWords.ts';
import type { SavedRun } from '../checkpoint/runFile.ts';
import { damaged, RunFileError } from '../checkpoint/runFileError.ts';
import { parameterCount } from '../config/estimate.ts';
import { tokensAt } from '../config/schedule.ts';
import { BatchSampler } from '../data/batches.ts';
import type { Dataset } from '../data/dataset.ts';
import type { PreparedData } from './preparedData.ts';

/** Steps whose batches may have been drawn without being counted, as they failed. */
const FAILED_STEPS = 1000;

/** @throws RunFileError if the parts of a saved run do not belong together, or its text is not what it was */
export function requireConsistent(saved: SavedRun, { dataset }: PreparedData): void {
  const { config, vocabSize, parameters, textFigures } = saved;
  if (vocabSize !== dataset.vocabSize || parameterCount(config.model, vocabSize) !== parameters.length) {
    throw new RunFileError('This run file is damaged: its weights don’t fit its own settings.');
  }
  if (textFigures.tokens !== dataset.tokens || textFigures.unigramLoss !== dataset.unigramLoss) {
    throw new RunFileError(
      `This run was trained on a different version of “${dataset.name}” (${inWords(textFigures.tokens)} tokens; this one has ${inWords(dataset.tokens)}). Add the original text to open it.`,
    );
  }
  requirePlace(saved, dataset);
}

/** The place in the text must be within it, and about where so many steps lead. */
function requirePlace({ config, step, sampler: { epoch, cursor } }: SavedRun, { train }: Dataset): void {
  const { training, model, seed } = config;
  const { contextLength } = model;
  const last = train.length - 1 - contextLength;
  // A context that is longer than the text is refused with the sizes that fit.
  if (last < 0) return;
  const most = Math.floor(last / contextLength) + 1;
  const fewest = Math.max(1, most - 1);
  const drawn = tokensAt(step + 1, training, contextLength) / contextLength;
  const failed = FAILED_STEPS * training.batchSize * training.accumulation;
  if (epoch * most + cursor < drawn || epoch * fewest + cursor > drawn + failed) {
    throw damaged(`its place in the text (${place(epoch, cursor)}) is not where ${inWords(step)} steps lead`);
  }
  const { windows } = new BatchSampler(train, contextLength, seed, { epoch, cursor: 0 });
  if (cursor > windows) {
    throw damaged(
      `its place in the text (${place(epoch, cursor)}) is beyond the ${inWords(windows)} windows there are`,
    );
  }
}

const place = (epoch: number, cursor: number): string => `epoch ${inWords(epoch)}, window ${inWords(cursor)}`;
