// Real sessions in several tabs over one disk, and beside them the little that must be true of them: which tab has which
// run open, which step of it was told as saved, which texts are needed. `sessionModel.test.ts` does things to it at random.
import assert from 'node:assert/strict';
import type { BrowserStore } from '../src/checkpoint/browserStore.ts';
import { decodeRun } from '../src/checkpoint/runFile.ts';
import { IndexedPlace } from '../src/checkpoint/indexedPlace.ts';
import { KEPT_RUNS } from '../src/checkpoint/storeRules.ts';
import type { TextChoice } from '../src/config/runConfig.ts';
import type { TextDocuments } from '../src/data/textSource.ts';
import type { FromWorker, Params, RequestName, Result, RunReport } from '../src/protocol/messages.ts';
import { yieldToEvents } from '../src/worker/yieldToEvents.ts';
import { storedTextId, textId } from '../src/worker/textId.ts';
import { digestOf, type ReferenceRuns } from './referenceRuns.ts';
import { Refusal, ScriptedPage } from './scriptedPage.ts';
import { newStore } from './testDisk.ts';

/** Nothing that a person asks for takes longer here, however busy the machine. */
const BOUND_MS = 20_000;

/** Fails, naming what hangs, if it does not come to an end. */
export async function bounded<T>(what: string, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`It hangs: ${what}.`)), BOUND_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

export class WorldTab {
  readonly page = new ScriptedPage();
  /** A text that the page has chosen and not begun a run on. */
  chosen: TextChoice | undefined;
  /** Whether nothing can be written from here. */
  full = false;
  /** Whether its run was opened when it could not be written down that this tab has it; another may have it, too. */
  unsure = false;
  /** How many of the messages it received were taken note of. */
  heard = 0;
  /** What cannot be told as saved: it was lost to a full disk, or given to the user as a file. */
  excused: { readonly runId: string; readonly step: number } | undefined;

  ask<N extends RequestName>(name: N, params: Params<N>): Promise<Result<N>> {
    return bounded(name, this.page.ask(name, params));
  }

  /** What the page was told last of its run. */
  get run(): RunReport | undefined {
    for (const message of this.page.received.toReversed()) {
      const run = runIn(message);
      if (run) return run;
    }
    return undefined;
  }

  /** The worker is gone from one moment to the next: what it still computes reaches neither the disk nor the page. */
  crash(): void {
    this.page.tab.close();
    const never = () => new Promise<never>(() => {});
    Object.assign(this.page.store, {
      saveRun: never,
      saveText: never,
      claimRun: never,
      deleteRun: never,
      needText: never,
      removeUnneeded: never,
    });
  }
}

function runIn(message: FromWorker): RunReport | undefined {
  if (message.type === 'run') return message.run;
  if (message.type === 'opened') return message.opened.run;
  if (message.type !== 'reply' || !message.ok || message.result === null) return undefined;
  const { result } = message;
  if ('phase' in result) return result;
  return 'run' in result && 'history' in result ? result.run : undefined;
}

export class World {
  readonly tabs: WorldTab[] = [];
  /** Texts that were ever added, by id. */
  readonly texts = new Map<string, TextDocuments>();
  readonly files: Blob[] = [];
  readonly #saved = new Map<string, number>();
  readonly #deleted = new Set<string>();
  readonly #references: ReferenceRuns;
  /** Whether a disk is there at all. */
  readonly lasting: boolean;

  constructor(references: ReferenceRuns, lasting: boolean) {
    this.#references = references;
    this.lasting = lasting;
  }

  tab(index: number): WorldTab | undefined {
    return this.tabs[index % Math.max(1, this.tabs.length)];
  }

  async openTab(): Promise<WorldTab> {
    const tab = new WorldTab();
    this.tabs.push(tab);
    await tab.ask('openDevice', { preference: 'wasm', precision: 'f32' });
    await tab.ask('reopenRun', {});
    this.excuse(tab);
    return tab;
  }

  /** What a tab has just opened was saved by another, or is a copy that is not worth saving yet. */
  excuse(tab: WorldTab): void {
    tab.excused = tab.run;
  }

  crash(tab: WorldTab): void {
    this.#hear(tab);
    tab.crash();
    this.tabs.splice(this.tabs.indexOf(tab), 1);
  }

  forget(runId: string): void {
    this.#deleted.add(runId);
    this.#saved.delete(runId);
  }

  /** Whether another tab has a run open; undefined where it could not be written down what each has. */
  isOpenElsewhere(runId: string, tab: WorldTab): boolean | undefined {
    if (this.tabs.some(({ full, unsure }) => full || unsure)) return undefined;
    return this.tabs.some((other) => other !== tab && other.run?.runId === runId);
  }

  /** A tab has opened a run, or begun one. */
  noteOpened(tab: WorldTab): void {
    tab.unsure = tab.full;
  }

  /** Asks for what a full disk may refuse, and nothing else. @returns undefined if it was refused */
  async unlessFull<T>(tab: WorldTab, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if ((tab.full || tab.unsure) && error instanceof Refusal && error.fault.code === 'storage') return undefined;
      throw error;
    }
  }

  #hear(tab: WorldTab): void {
    for (const message of tab.page.received.slice(tab.heard)) {
      tab.heard++;
      if (message.type !== 'saved' || this.#deleted.has(message.runId)) continue;
      this.#saved.set(message.runId, message.step);
    }
  }

  /** Whatever was done: what must be true of every run, text and tab. */
  async check(): Promise<void> {
    for (const tab of this.tabs) await this.#checkTold(tab);
    const open = this.tabs.flatMap((tab) => (tab.unsure ? [] : (tab.run?.runId ?? [])));
    assert.equal(new Set(open).size, open.length, 'A run is open twice.');
    if (!this.lasting) return;
    const { summaries, texts } = await (
      await IndexedPlace.open()
    ).read(async (rows) => ({
      summaries: await rows.entries('summaries'),
      texts: new Set(await rows.keys('texts')),
    }));
    for (const tab of this.tabs) {
      const needed = tab.chosen && storedTextId(tab.chosen);
      if (needed) assert.ok(texts.has(needed), 'The chosen text is gone.');
    }
    for (const [runId, { step, textId: id }] of summaries) {
      const told = this.#saved.get(runId);
      if (told !== undefined) assert.ok(step >= told, `${runId} is at step ${step}, and was told as saved at ${told}.`);
      if (id !== null) assert.ok(texts.has(id), `The text of ${runId} is gone.`);
    }
    for (const runId of summaries.length === KEPT_RUNS ? [] : this.#saved.keys()) {
      assert.ok(
        summaries.some(([id]) => id === runId),
        `${runId} was told as saved and is not listed.`,
      );
    }
  }

  /** A run at rest is told as saved at the step that is on screen. */
  async #checkTold(tab: WorldTab): Promise<void> {
    const { run } = tab;
    const { excused } = tab;
    const isSaved = (): true | undefined => {
      this.#hear(tab);
      return run === undefined || this.#saved.get(run.runId) === run.step ? true : undefined;
    };
    isSaved();
    if (!this.lasting || run === undefined || run.phase === 'running' || run.step === 0 || tab.full || tab.unsure)
      return;
    if (excused?.runId === run.runId && excused.step === run.step) return;
    await bounded(`${run.phase} at step ${run.step} is told as saved`, tab.page.until(isSaved));
  }

  /** Every listed run, read from the disk, is bit for bit what it would be had nothing happened; no text is left over. */
  async checkAll(): Promise<void> {
    await this.check();
    const stores = this.lasting ? [newStore()] : this.tabs.map(({ page }) => page.store);
    for (const store of stores) await this.#checkRuns(store);
    if (!this.lasting) return;
    for (const tab of [...this.tabs]) this.crash(tab);
    await newStore().removeUnneeded();
    const texts = await (await IndexedPlace.open()).read((rows) => rows.entries('texts'));
    const needed = new Set((await newStore().listRuns()).flatMap(({ textId: id }) => id ?? []));
    assert.deepEqual(texts.map(([id]) => id).toSorted(), [...needed].toSorted(), 'A text is left over, or gone.');
    for (const [id, { documents }] of texts) assert.equal(textId(documents), id);
  }

  async #checkRuns(store: BrowserStore): Promise<void> {
    for (const { runId, step } of await store.listRuns()) {
      const stored = await store.loadRun(runId);
      const saved = stored && decodeRun(stored.file);
      if (saved === undefined) throw new Error(`${runId} is listed and is not there.`);
      assert.equal(saved.step, step);
      assert.equal(
        digestOf(saved),
        await this.#expected(saved.config, step),
        `${runId} at step ${step} is not what it was.`,
      );
    }
  }

  async #expected(config: Parameters<ReferenceRuns['digest']>[0], step: number): Promise<string> {
    const id = storedTextId(config.text);
    return this.#references.digest(config, id === null ? undefined : this.texts.get(id), step);
  }

  /** Lets what was begun go on a little. */
  async wait(turns: number): Promise<void> {
    for (let turn = 0; turn < turns; turn++) await yieldToEvents();
  }
}
