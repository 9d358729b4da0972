// The product's headline: how long the default run takes until the tales' judge accepts most of what it writes.
// It trains the run that the page would propose, by the worker's own loop; saving and the page are left out.
import { BrowserStore } from '../src/checkpoint/browserStore.ts';
import { proposeConfig } from '../src/config/presets.ts';
import { DEFAULT_CONFIG, type RunConfig } from '../src/config/runConfig.ts';
import type { Backend } from '../src/config/backendLabels.ts';
import { openBackend } from '../src/engine/backends.ts';
import { measureGigaflops, measureOperationSeconds } from '../src/engine/deviceRate.ts';
import { measureDispatchSeconds, measureGemmRate } from '../src/ops/matMul/gemmRate.ts';
import type { DiaryEntry, WorkerEvent } from '../src/protocol/messages.ts';
import { createTrainer } from '../src/training/createTrainer.ts';
import { ActiveRun } from '../src/worker/activeRun.ts';
import { yieldToEvents } from '../src/worker/yieldToEvents.ts';
import { DataPreparer } from '../src/worker/preparedData.ts';
import { TextLibrary } from '../src/worker/texts.ts';
import { DeviceTurns } from '../src/worker/turns.ts';
import type { Surroundings } from './contestants/contestant.ts';

export interface TalesOptions {
  readonly backend: Backend;
  readonly seconds: number;
  /** Share of sentences to be accepted. */
  readonly share: number;
}

export interface TalesEntry {
  readonly seconds: number;
  readonly step: number;
  readonly sentences: number;
  readonly accepted: number;
  readonly coherent: number;
  readonly isNew: number;
}

export interface TalesResult {
  readonly backend: Backend;
  readonly detail: string;
  readonly preset: string;
  readonly share: number;
  /** Making the text, the tokenizer and the model, before Train is pressed. */
  readonly preparationSeconds: number;
  /** The first diary entry that reaches the share. */
  readonly reached?: TalesEntry;
  /** The first entry from which on every later one reaches it too. */
  readonly kept?: TalesEntry;
  readonly last?: TalesEntry;
  readonly validationLoss: number;
  readonly unigramLoss: number;
}

export async function measureTales(options: TalesOptions, { wasmFiles, tell }: Surroundings): Promise<TalesResult> {
  const { backend, share } = options;
  const { detail, plans } = await openBackend(backend, { wasmFiles });
  const { presetId, ...proposed } = proposeConfig({
    gigaflopsPerSecond: await (plans ? measureGemmRate(plans, now) : measureGigaflops(now)),
    secondsPerOperation: await (plans ? measureDispatchSeconds(plans, now) : measureOperationSeconds(now)),
    engine: plans ? 'plan' : 'eager',
  });
  const config: RunConfig = { ...DEFAULT_CONFIG, ...proposed };
  const preparedAtMs = performance.now();
  const data = await prepare(config);
  const trainer = await createTrainer(plans, { config, vocabSize: data.dataset.vocabSize });

  const entries: TalesEntry[] = [];
  let validationLoss = Number.NaN;
  let startMs = performance.now();
  const note = ({ step, judged }: DiaryEntry): void => {
    if (!judged) return;
    const seconds = (performance.now() - startMs) / 1000;
    const { sentences, accepted, coherent } = judged;
    entries.push({ seconds, step, sentences, accepted, coherent, isNew: judged.new });
    tell(`${seconds.toFixed(0)} s  step ${step}: ${percent(accepted)} of ${sentences} sentences accepted`);
  };
  const emit = (event: WorkerEvent): void => {
    if (event.type === 'diary') note(event.entry);
    else if (event.type === 'evaluation') validationLoss = event.point.validationLoss;
  };
  const failures: unknown[] = [];
  const run = new ActiveRun({ runId: 'bench', name: 'Tiny tales', config }, data, trainer, {
    turns: new DeviceTurns(),
    emit,
    autosave: async () => {},
    onRest: async () => {},
    onFailure: async (error) => void failures.push(error),
  });
  data.judge();
  const preparationSeconds = (performance.now() - preparedAtMs) / 1000;

  startMs = performance.now();
  run.start();
  while (run.phase === 'running' && performance.now() - startMs < 1000 * options.seconds) await yieldToEvents();
  await run.pause();
  if (failures.length > 0) throw failures[0];
  const { trouble } = run.report();
  if (trouble) throw new Error(trouble.message);

  const isEnough = (entry: TalesEntry): boolean => entry.accepted >= share;
  const reached = entries.find(isEnough);
  const kept = entries[entries.findLastIndex((entry) => !isEnough(entry)) + 1];
  const last = entries.at(-1);
  return {
    backend,
    detail,
    preset: presetId,
    share,
    preparationSeconds,
    ...(reached && { reached }),
    ...(kept && { kept }),
    ...(last && { last }),
    validationLoss,
    unigramLoss: data.report.unigramLoss,
  };
}

const now = (): number => performance.now();

async function prepare({ text, tokenizer, training, seed }: RunConfig) {
  const preparer = new DataPreparer(new TextLibrary(new BrowserStore()));
  const context = { signal: new AbortController().signal, onProgress: () => {}, yieldToEvents };
  return preparer.prepare({ text, tokenizer, validationFraction: training.validationFraction, seed }, context);
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;
