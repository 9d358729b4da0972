// A run small enough for a test, and stands-in for what surrounds it in the worker: no page, no disk.
import { BrowserStore } from '../src/checkpoint/browserStore.ts';
import { DEFAULT_CONFIG, type RunConfig, type TrainingConfig, GPT3_SWITCHES } from '../src/config/runConfig.ts';
import type { WorkContext } from '../src/data/textSource.ts';
import type { FromWorker, WorkerEvent } from '../src/protocol/messages.ts';
import { DataPreparer, type PreparedData } from '../src/worker/preparedData.ts';
import { TextLibrary } from '../src/worker/texts.ts';
import { TestTab } from './testDisk.ts';

export const SMALL_CONFIG: RunConfig = {
  ...DEFAULT_CONFIG,
  text: { kind: 'tales', seed: 3, kilobytes: 8 },
  tokenizer: { kind: 'character', vocabSize: 258 },
  model: { ...GPT3_SWITCHES, nLayer: 1, nHead: 2, nEmbd: 8, contextLength: 16, dropout: 0 },
  training: {
    ...DEFAULT_CONFIG.training,
    batchSize: 2,
    steps: 6,
    warmupTokens: 64,
    evalEvery: 3,
    sampleEvery: 4,
    sampleLength: 12,
  },
};

export const smallConfig = (training: Partial<TrainingConfig> = {}, rest: Partial<RunConfig> = {}): RunConfig => ({
  ...SMALL_CONFIG,
  ...rest,
  training: { ...SMALL_CONFIG.training, ...training },
});

/** Work that nobody watches or cancels. */
export const unwatched = (signal = new AbortController().signal): WorkContext => ({
  signal,
  onProgress: () => {},
  yieldToEvents: async () => {},
});

/** The data of a config's built-in text. */
export async function prepareData({ text, tokenizer, training, seed }: RunConfig): Promise<PreparedData> {
  const preparer = new DataPreparer(new TextLibrary(new BrowserStore(new TestTab())));
  const { validationFraction } = training;
  return preparer.prepare({ text, tokenizer, validationFraction, seed }, unwatched());
}

/** Messages of one type, in order. */
export const ofType = <T extends FromWorker['type']>(
  events: readonly FromWorker[],
  type: T,
): Extract<FromWorker, { type: T }>[] =>
  events.filter((event): event is Extract<FromWorker, { type: T }> => event.type === type);

/** Rows of all metric events, one list per row. */
export function metricRows(events: readonly WorkerEvent[]): number[][] {
  return ofType(events, 'metrics').flatMap(({ rows }) =>
    Array.from({ length: rows.length / 5 }, (_, row) => [...rows.subarray(5 * row, 5 * row + 5)]),
  );
}
