// What a run's state must be at a step, bit for bit: trained here without a session, a store or an interruption.
import { createHash } from 'node:crypto';
import type { SavedRun } from '../src/checkpoint/runFile.ts';
import type { RunConfig } from '../src/config/runConfig.ts';
import type { TextDocuments } from '../src/data/textSource.ts';
import { createTrainer } from '../src/training/createTrainer.ts';
import { ActiveRun } from '../src/worker/activeRun.ts';
import { DataPreparer } from '../src/worker/preparedData.ts';
import { TextLibrary } from '../src/worker/texts.ts';
import { DeviceTurns } from '../src/worker/turns.ts';
import { unwatched } from './smallRun.ts';
import { newStore } from './testDisk.ts';

/** Of all that decides how a run goes on: parameters, both moments, and the place in the text. */
export function digestOf({ parameters, firstMoment, secondMoment, sampler, step }: SavedRun): string {
  const hash = createHash('sha256');
  for (const part of [parameters, firstMoment, secondMoment]) hash.update(part);
  return hash.update(JSON.stringify([sampler, step])).digest('hex');
}

interface Reference {
  readonly run: ActiveRun;
  readonly digests: string[];
}

export class ReferenceRuns {
  readonly #known = new Map<string, Promise<Reference>>();

  /** @param text the documents of a text that is not built in */
  async digest(config: RunConfig, text: TextDocuments | undefined, step: number): Promise<string> {
    const key = JSON.stringify([config.text, config.seed]);
    const known = this.#known.get(key) ?? begin(config, text);
    this.#known.set(key, known);
    const { run, digests } = await known;
    while (digests.length <= step) {
      if (digests.length > 0) await run.stepOnce();
      digests.push(digestOf(await run.capture()));
    }
    const digest = digests[step];
    if (digest === undefined) throw new RangeError(`There is no step ${step}.`);
    return digest;
  }
}

async function begin(config: RunConfig, text: TextDocuments | undefined): Promise<Reference> {
  const library = new TextLibrary(newStore());
  if (text) library.lend(config.text, text);
  const { tokenizer, seed, training } = config;
  const { validationFraction } = training;
  const data = await new DataPreparer(library).prepare(
    { text: config.text, tokenizer, validationFraction, seed },
    unwatched(),
  );
  const trainer = await createTrainer(undefined, { config, vocabSize: data.dataset.vocabSize });
  const run = new ActiveRun({ runId: 'reference', name: 'Reference', config }, data, trainer, {
    turns: new DeviceTurns(),
    emit: () => {},
    autosave: async () => {},
    onRest: async () => {},
    onFailure: async () => {},
  });
  return { run, digests: [] };
}
