// The browser's own store: saved runs as run files, people's texts, and what each tab needs of them. Where a browser
// keeps nothing, the same rules hold in memory. What stays and what goes is `storeRules.ts`.
import type { TextDocuments } from '../data/textSource.ts';
import type { NoDisk, SavedRunSummary, StoreReport } from '../protocol/messages.ts';
import { IndexedPlace, NoDiskError, OutdatedPageError } from './indexedPlace.ts';
import { MemoryPlace } from './memoryPlace.ts';
import {
  claimRun,
  KEPT_RUNS,
  putRun,
  putText,
  removeRun,
  removeUnneeded,
  runsElsewhere,
  runsToReopen,
  summariesOf,
  type Tabs,
} from './storeRules.ts';
import type { RowPlace, Rows, TabRow } from './storeRows.ts';
import { StorageError } from './storageError.ts';
import { TabPresence, type Presence } from './tabPresence.ts';

/** How often it is looked whether a tab that was just closed is gone. */
const LOOK_AGAIN_MS = 100;

export interface StoredRun {
  readonly summary: SavedRunSummary;
  readonly file: Uint8Array<ArrayBuffer>;
}

export class BrowserStore {
  readonly #presence: Presence;
  readonly #place: Promise<RowPlace>;
  #noDisk: NoDisk | undefined;
  #toldNoDisk = false;
  /** What this tab needs: its open run with its text, the text read last, and the page's present choice. */
  #runId: string | null = null;
  readonly #texts = new Map<'run' | 'read' | 'chosen', string>();
  /** Set by the fault drill: writes behave as on a full disk. */
  refuseWrites = false;
  /** Called once, when something is kept that will not last longer than the page. */
  onNotLasting: (reason: NoDisk) => void = () => {};

  constructor(presence: Presence = new TabPresence()) {
    this.#presence = presence;
    this.#place = this.#open();
  }

  /** Whether what is saved is still there on the next visit. */
  async lasting(): Promise<boolean> {
    return (await this.#place).lasting;
  }

  async #open(): Promise<RowPlace> {
    await this.#presence.begin(() => void this.#noteNeeds().catch(() => {}));
    try {
      return await IndexedPlace.open();
    } catch (error) {
      this.#noDisk = error instanceof NoDiskError ? error.reason : 'refused';
      return new MemoryPlace();
    }
  }

  // ── Runs ───────────────────────────────────────────────────────────────────────────────────────
  /**
   * Keeps a run, marks it as the one saved last, and drops the oldest beyond KEPT_RUNS.
   * @param text what it is trained on, where it cannot be made again; kept with it
   * @throws StorageError, also if another tab has taken the run over
   */
  async saveRun(summary: SavedRunSummary, file: Uint8Array<ArrayBuffer>, text?: TextDocuments): Promise<void> {
    await this.#keep(async (rows, tabs) => {
      if (!(await claimRun(rows, summary.runId, tabs))) {
        throw openElsewhere(summary.name, 'That tab goes on saving it. Save this one as a file to keep it as well.');
      }
      await putRun(rows, summary, file, text);
      await this.#putNeeds(rows, tabs);
      await removeUnneeded(rows, tabs, Date.now());
    });
  }

  /** @returns undefined if there is none of that id. */
  async loadRun(runId: string): Promise<StoredRun | undefined> {
    return this.#read((rows) => rows.get('runs', runId));
  }

  /**
   * Makes this tab the only one that may write a run, and its text one that stays.
   * @returns false if another tab has it open
   */
  async claimRun(runId: string, textId: string | null): Promise<boolean> {
    try {
      const claimed = await this.#write(async (rows, tabs) => {
        if (!(await claimRun(rows, runId, tabs))) return false;
        this.#runId = runId;
        this.#setText('run', textId);
        await this.#putNeeds(rows, tabs);
        return true;
      });
      return claimed;
    } catch {
      // Where nothing can be written, no tab writes this run; whoever can later claims it then.
      this.#runId = runId;
      this.#setText('run', textId);
      return true;
    }
  }

  /** The run to open on a visit; one that another tab has open only if there is no other. */
  async reopen(): Promise<StoredRun | undefined> {
    const untilMs = performance.now() + this.#presence.patienceMs;
    for (;;) {
      const { last, free } = await this.#read(runsToReopen);
      if (last === undefined) return undefined;
      // The run saved last may be this page's own, of before it was loaded again.
      if (free === last || performance.now() >= untilMs) return this.loadRun(free ?? last);
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }

  /** Newest first. */
  async listRuns(): Promise<SavedRunSummary[]> {
    return this.#read(summariesOf);
  }

  /** Deletes a run, and its text if nothing else needs it. @throws StorageError if another tab has the run open */
  async deleteRun(runId: string): Promise<void> {
    await this.#write(async (rows, tabs) => {
      if ((await runsElsewhere(rows, tabs)).has(runId)) {
        const name = (await rows.get('summaries', runId))?.name ?? 'This run';
        throw openElsewhere(name, 'Close it there, then delete it here.');
      }
      await removeRun(rows, runId);
      await removeUnneeded(rows, tabs, Date.now());
    });
  }

  // ── Texts ──────────────────────────────────────────────────────────────────────────────────────
  /** Keeps a text as the one read last. @param address where it was fetched @throws StorageError */
  async saveText(id: string, text: TextDocuments, address: string | null = null): Promise<void> {
    await this.#keep(async (rows, tabs) => {
      this.#setText('read', id);
      await putText(rows, id, text, address, Date.now());
      await this.#putNeeds(rows, tabs);
      await removeUnneeded(rows, tabs, Date.now());
    });
  }

  async loadText(id: string): Promise<TextDocuments | undefined> {
    return this.#read((rows) => rows.get('texts', id));
  }

  /** Id of the text fetched last from an address, if one is kept. */
  async textFrom(address: string): Promise<string | undefined> {
    const figures = await this.#read((rows) => rows.entries('textFigures'));
    const fetched = figures.filter(([, text]) => text.address === address);
    return fetched.sort(([, a], [, b]) => b.storedAtMs - a.storedAtMs)[0]?.[0];
  }

  /** Says which text this tab has read last, or which its page has chosen; what nothing needs any more goes. */
  async needText(why: 'read' | 'chosen', id: string | null): Promise<void> {
    if ((this.#texts.get(why) ?? null) === id) return;
    this.#setText(why, id);
    // A need that cannot be written is no reason to stop: at worst a text has to be added again.
    await this.removeUnneeded().catch(() => {});
  }

  /** Removes what no run and no tab needs. @throws StorageError */
  async removeUnneeded(): Promise<void> {
    await this.#write(async (rows, tabs) => {
      await this.#putNeeds(rows, tabs);
      await removeUnneeded(rows, tabs, Date.now());
    });
  }

  // ── The whole store ────────────────────────────────────────────────────────────────────────────
  /** What is kept, how much room it takes, and whether it lasts. */
  async report(): Promise<StoreReport> {
    const kept = await this.#read(async (rows, tabs) => ({
      runs: (await rows.entries('summaries')).map(([, { bytes }]) => bytes),
      texts: (await rows.entries('textFigures')).map(([, { bytes }]) => bytes),
      openElsewhere: [...(await runsElsewhere(rows, tabs))],
    }));
    return {
      noDisk: this.#noDisk ?? null,
      runs: sumOf(kept.runs),
      mostRuns: KEPT_RUNS,
      texts: sumOf(kept.texts),
      openElsewhere: kept.openElsewhere,
      ...(await browserEstimate()),
    };
  }

  #setText(why: 'run' | 'read' | 'chosen', id: string | null): void {
    if (id === null) this.#texts.delete(why);
    else this.#texts.set(why, id);
  }

  async #noteNeeds(): Promise<void> {
    await this.#write((rows, tabs) => this.#putNeeds(rows, tabs));
  }

  async #putNeeds(rows: Rows, tabs: Tabs): Promise<void> {
    const isMine = this.#runId !== null && (await claimRun(rows, this.#runId, tabs));
    const row: TabRow = {
      runId: isMine ? this.#runId : null,
      texts: [...new Set(this.#texts.values())],
      seenAtMs: Date.now(),
    };
    await rows.put('tabs', tabs.mine, row);
  }

  /** A tab that comes between this and a transaction is not among those that are gone. */
  async #tabs(): Promise<Tabs> {
    const rows = await (await this.#place).read((stored) => stored.entries('tabs'));
    return { mine: this.#presence.id, gone: await this.#presence.gone(rows) };
  }

  async #read<T>(work: (rows: Rows, tabs: Tabs) => Promise<T>): Promise<T> {
    try {
      const tabs = await this.#tabs();
      return await (await this.#place).read((rows) => work(rows, tabs));
    } catch (error) {
      if (error instanceof OutdatedPageError) throw outdated();
      throw new StorageError(
        `The browser’s store can’t be read (${describe(error)}).`,
        'Reload the page; if that doesn’t help, allow this site to store data.',
      );
    }
  }

  /** A write of what is to be found again on the next visit. */
  async #keep(work: (rows: Rows, tabs: Tabs) => Promise<void>): Promise<void> {
    await this.#write(work);
    if (this.#noDisk === undefined || this.#toldNoDisk) return;
    this.#toldNoDisk = true;
    this.onNotLasting(this.#noDisk);
  }

  /** Where the disk is full, what nothing needs goes, and the write is tried once more. */
  async #write<T>(work: (rows: Rows, tabs: Tabs) => Promise<T>): Promise<T> {
    try {
      const tabs = await this.#tabs();
      const place = await this.#place;
      const attempt = (): Promise<T> => place.write((rows) => work(this.refuseWrites ? refusing(rows) : rows, tabs));
      return await attempt().catch(async (error: unknown) => {
        if (!isFull(error)) throw error;
        await place.write((rows) => removeUnneeded(rows, tabs, Date.now()));
        return attempt();
      });
    } catch (error) {
      throw storageErrorOf(error);
    }
  }
}

const refusing = (rows: Rows): Rows => ({
  ...rows,
  put: async () => {
    throw new DOMException('The quota has been exceeded.', 'QuotaExceededError');
  },
});

const isFull = (error: unknown): boolean => error instanceof DOMException && error.name === 'QuotaExceededError';

function storageErrorOf(error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  if (error instanceof OutdatedPageError) return outdated();
  if (isFull(error)) {
    return new StorageError(
      'The browser’s storage is full, so this could not be saved.',
      'Delete saved runs under Runs, or save this run as a file.',
    );
  }
  return new StorageError(
    `The browser’s store can’t be written (${describe(error)}).`,
    'Save this run as a file to keep it.',
  );
}

const openElsewhere = (name: string, remedy: string): StorageError =>
  new StorageError(`“${name}” is open in another tab.`, remedy);

const outdated = (): StorageError =>
  new StorageError(
    'A newer version of this page is open in another tab, so this one can’t save any more.',
    'Save this run as a file if it has gone on since its last save, then reload the page.',
  );

const sumOf = (bytes: readonly number[]): { count: number; bytes: number } => ({
  count: bytes.length,
  bytes: bytes.reduce((sum, some) => sum + some, 0),
});

/** What the browser says of its storage for this site; some say nothing, some refuse to. */
async function browserEstimate(): Promise<Pick<StoreReport, 'usageBytes' | 'quotaBytes' | 'persisted'>> {
  const scope: { navigator?: { storage?: StorageManager } } = globalThis;
  const storage = scope.navigator?.storage;
  try {
    const { usage, quota } = (await storage?.estimate()) ?? {};
    return { usageBytes: usage ?? null, quotaBytes: quota ?? null, persisted: (await storage?.persisted()) ?? null };
  } catch {
    return { usageBytes: null, quotaBytes: null, persisted: null };
  }
}

const describe = (error: unknown): string => (error instanceof Error ? error.message : String(error));
