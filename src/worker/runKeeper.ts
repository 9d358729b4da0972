// Keeps the open run safe: saves it to the browser's store in time, and remembers the last good state in memory,
// from which a run is restored when its device is lost or it went wrong.
import type { BrowserStore } from '../checkpoint/browserStore.ts';
import { encodeRun } from '../checkpoint/runFile.ts';
import type { SavedRunSummary, WorkerEvent } from '../protocol/messages.ts';
import type { ActiveRun } from './activeRun.ts';
import { toFault } from './fault.ts';
import type { DeviceTurns } from './turns.ts';

/** A run is saved at least this often while it trains … */
const LONGEST_INTERVAL_MS = 30_000;
/** … and a small one, whose saving takes no time, so often that a crash costs less than two seconds of it. */
const SHORTEST_INTERVAL_MS = 1_200;
/** Saving may take this share of the time. */
const SAVING_SHARE = 0.03;

type RunFile = Uint8Array<ArrayBuffer>;

interface Captured {
  readonly file: RunFile;
  readonly summary: SavedRunSummary;
}

export class RunKeeper {
  readonly #store: BrowserStore;
  readonly #emit: (event: WorkerEvent) => void;
  #capturedAtMs = Number.NEGATIVE_INFINITY;
  #intervalMs = SHORTEST_INTERVAL_MS;
  /** The last state saved; whether it is a good one shows only in the loss of the step after it. */
  #latest: Captured | undefined;
  #lastGood: Captured | undefined;
  /** What the store is known to hold. */
  #stored: Captured | undefined;
  /** The run's count of changes as of its last save; undefined for a run that was never saved. */
  #savedChanges: number | undefined;
  /** The write under way. */
  #writing: Promise<void> | undefined;
  /** Counts the runs watched, so that a capture of a former one is not taken for the present one's. */
  #watched = 0;
  /** A full disk is told once, not every few seconds. */
  #toldTrouble = false;

  constructor(store: BrowserStore, emit: (event: WorkerEvent) => void) {
    this.#store = store;
    this.#emit = emit;
  }

  /** The last state saved, as a run file: what to go on from after a lost device. */
  get latest(): Uint8Array | undefined {
    return this.#latest?.file;
  }

  /** The last state after which the run still went well, as a run file; undefined until one is known. */
  get lastGood(): Uint8Array | undefined {
    return this.#lastGood?.file;
  }

  /**
   * Starts over for another run.
   * @param file the run's state where it was just read from one
   * @param isStored whether the browser's store holds that file already
   */
  watch(run: ActiveRun, file?: RunFile, isStored = false): void {
    this.#watched++;
    this.#latest = file && { file, summary: run.summary(Date.now(), file.length) };
    this.#lastGood = this.#latest;
    this.#stored = isStored ? this.#latest : undefined;
    this.#savedChanges = isStored ? run.changes : undefined;
    this.#capturedAtMs = Number.NEGATIVE_INFINITY;
    this.#intervalMs = SHORTEST_INTERVAL_MS;
    run.lastGoodStep = file && run.step;
  }

  /** Saves if it is time to; does not wait for the disk, and starts no write while another goes on. */
  async saveInTime(run: ActiveRun, turns: DeviceTurns): Promise<void> {
    const startMs = performance.now();
    this.#judgeLatest(run);
    if (run.phase === 'stopped' || this.#writing || startMs - this.#capturedAtMs < this.#intervalMs) return;
    const captured = await this.#capture(run, turns);
    const tookMs = performance.now() - startMs;
    this.#intervalMs = Math.min(LONGEST_INTERVAL_MS, Math.max(SHORTEST_INTERVAL_MS, tookMs / SAVING_SHARE));
    if (captured) this.#write(captured).catch((error: unknown) => this.#tell(error));
  }

  /**
   * Saves now and waits for the disk. A run that has not changed since its last save, or was never touched, is left as
   * it is in the store; of one that trouble stopped, the last good state is what is kept.
   * @throws StorageError if the store refuses
   */
  async save(run: ActiveRun, turns: DeviceTurns): Promise<void> {
    if (run.phase === 'stopped') {
      // A later state may be on its way to the disk: it must not come to lie over the good one.
      await this.#writing?.catch(() => {});
      await this.#storeLastGood();
      return;
    }
    const untouched = this.#savedChanges === undefined && run.step === 0 && run.changes === 0;
    if (untouched || run.changes === this.#savedChanges) return;
    const captured = await this.#capture(run, turns);
    if (captured) await this.#write(captured);
  }

  /** As `save`, for moments at which nobody waits for the answer: a refusal is told once. */
  async saveQuietly(run: ActiveRun, turns: DeviceTurns): Promise<void> {
    await this.save(run, turns).catch((error: unknown) => this.#tell(error));
  }

  /** For a device that is gone for good: what is known of the run goes to the store, in case it was not yet there. */
  async storeLatest(): Promise<void> {
    if (this.#latest && this.#latest !== this.#stored) {
      await this.#write(this.#latest).catch((error: unknown) => this.#tell(error));
    }
  }

  /** After trouble: what the store holds is the last good state, not a later one that was already ruined. */
  async #storeLastGood(): Promise<void> {
    if (this.#lastGood && this.#lastGood !== this.#stored) await this.#write(this.#lastGood);
  }

  /** The person has the present state as a file of their own, so that it may be closed unsaved. */
  noteExport(run: ActiveRun): void {
    this.#savedChanges = run.changes;
  }

  async #capture(run: ActiveRun, turns: DeviceTurns): Promise<Captured | undefined> {
    const watched = this.#watched;
    this.#judgeLatest(run);
    this.#capturedAtMs = performance.now();
    const { state, changes } = await turns.exclusive(async () => ({
      state: await run.capture(),
      changes: run.changes,
    }));
    if (watched !== this.#watched) return undefined;
    const file = encodeRun(state);
    const captured = { file, summary: { ...run.summary(state.savedAtMs, file.length), step: state.step } };
    this.#savedChanges = changes;
    this.#latest = captured;
    return captured;
  }

  /** Takes the last saved state for a good one if the run went on well from it. */
  #judgeLatest(run: ActiveRun): void {
    if (this.#latest === undefined || run.phase === 'stopped' || !run.healthy) return;
    if (run.step <= this.#latest.summary.step) return;
    this.#lastGood = this.#latest;
    run.lastGoodStep = this.#latest.summary.step;
  }

  async #write(captured: Captured): Promise<void> {
    const { file, summary } = captured;
    const before = this.#writing?.catch(() => {}) ?? Promise.resolve();
    const write = before.then(() => this.#store.saveRun(summary, file));
    this.#writing = write;
    try {
      await write;
      this.#stored = captured;
      this.#toldTrouble = false;
      this.#emit({ type: 'saved', runId: summary.runId, step: summary.step, savedAtMs: summary.savedAtMs });
    } catch (error) {
      this.#savedChanges = undefined;
      throw error;
    } finally {
      if (this.#writing === write) this.#writing = undefined;
    }
  }

  #tell(error: unknown): void {
    if (!this.#toldTrouble) this.#emit({ type: 'fault', fault: toFault(error) });
    this.#toldTrouble = true;
  }
}
