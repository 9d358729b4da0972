// Keeps the open run safe: saves it to the browser's store in time, and remembers the last good state in memory,
// from which a run is restored when its device is lost or it went wrong.
import type { BrowserStore } from '../checkpoint/browserStore.ts';
import { decodeRun, encodeRun, type SavedRun } from '../checkpoint/runFile.ts';
import { holdsNumbersOnly } from '../checkpoint/soundRun.ts';
import type { TextDocuments } from '../data/textSource.ts';
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
  /** The run's text, where it cannot be made again. */
  readonly text: TextDocuments | undefined;
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
  /** The last good state, if the user has it as a file. */
  #exported: Captured | undefined;
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

  /**
   * The last state after which the run still went well, under its present name and with what was set right since it
   * went wrong; undefined until one is known.
   */
  goodState(run: ActiveRun): SavedRun | undefined {
    return this.#lastGood && this.#asItIsNow(decodeRun(this.#lastGood.file), run);
  }

  #asItIsNow(good: SavedRun, run: ActiveRun): SavedRun {
    return { ...good, name: run.name, config: run.adjustedAfterTrouble ? run.config : good.config };
  }

  /**
   * Starts over for another run.
   * @param file the run's state where it was just read from one
   * @param isStored whether the browser's store holds that file already
   */
  watch(run: ActiveRun, file?: RunFile, isStored = false): void {
    this.#watched++;
    this.#latest = file && capturedOf(run, file, run.summary(Date.now(), file.length));
    const before = this.#lastGood?.summary.runId === run.runId ? this.#lastGood : undefined;
    // A state saved when the run had already gone wrong is none to go back to.
    this.#lastGood = run.healthy ? this.#latest : before;
    this.#stored = isStored ? this.#latest : undefined;
    this.#exported = undefined;
    this.#savedChanges = isStored ? run.changes : undefined;
    this.#capturedAtMs = Number.NEGATIVE_INFINITY;
    this.#intervalMs = SHORTEST_INTERVAL_MS;
    run.lastGoodStep = this.#lastGood?.summary.step;
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
      await this.#storeLastGood(run);
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
  async #storeLastGood(run: ActiveRun): Promise<void> {
    const good = this.#lastGood;
    if (good === undefined) return;
    this.#latest = good;
    const isKept = good === this.#stored || good === this.#exported;
    const isAsItWas =
      good.summary.name === run.name && !(run.adjustedAfterTrouble && run.changes !== this.#savedChanges);
    if (isKept && isAsItWas) return;
    this.#savedChanges = run.changes;
    const state = this.#asItIsNow(decodeRun(good.file), run);
    const file = encodeRun(state);
    const { name, config } = state;
    const { steps } = config.training;
    const kept = { ...good, file, summary: { ...good.summary, name, steps, bytes: file.length } };
    this.#lastGood = kept;
    this.#latest = kept;
    await this.#write(kept);
  }

  /** The user has what is worth keeping of the run as a file, so that it may be closed unsaved. */
  noteExport(run: ActiveRun): void {
    this.#savedChanges = run.changes;
    this.#exported = this.#lastGood;
  }

  async #capture(run: ActiveRun, turns: DeviceTurns): Promise<Captured | undefined> {
    const watched = this.#watched;
    this.#judgeLatest(run);
    this.#capturedAtMs = performance.now();
    const { state, changes } = await turns.exclusive(async () => ({
      state: await run.capture(),
      changes: run.changes,
    }));
    // Weights that overflowed are no state to go on from; the step after them stops the run.
    if (watched !== this.#watched || !holdsNumbersOnly(state)) return undefined;
    const file = encodeRun(state);
    const captured = capturedOf(run, file, { ...run.summary(state.savedAtMs, file.length), step: state.step });
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
    const { file, summary, text } = captured;
    const before = this.#writing?.catch(() => {}) ?? Promise.resolve();
    const write = before.then(() => this.#store.saveRun(summary, file, text));
    this.#writing = write;
    try {
      await write;
      this.#stored = captured;
      this.#toldTrouble = false;
      // What is gone when the page is closed is not called saved.
      if (!(await this.#store.lasting())) return;
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

const capturedOf = (run: ActiveRun, file: RunFile, summary: SavedRunSummary): Captured => ({
  file,
  summary,
  text: summary.textId === null ? undefined : run.data.documents,
});
