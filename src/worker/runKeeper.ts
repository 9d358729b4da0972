// Keeps the open run safe: saves it to the browser's store in time, and remembers the last good state in memory,
// from which a run is restored when its device is lost or it went wrong.
import type { BrowserStore } from '../checkpoint/browserStore.ts';
import { encodeRun } from '../checkpoint/runFile.ts';
import type { WorkerEvent } from '../protocol/messages.ts';
import type { ActiveRun } from './activeRun.ts';
import { toFault } from './fault.ts';
import type { DeviceTurns } from './turns.ts';

/** A run is saved at least this often while it trains … */
const LONGEST_INTERVAL_MS = 30_000;
/** … and a small one, whose saving takes no time, more often. */
const SHORTEST_INTERVAL_MS = 3_000;
/** Saving may take this share of the time. */
const SAVING_SHARE = 0.01;

export class RunKeeper {
  readonly #store: BrowserStore;
  readonly #emit: (event: WorkerEvent) => void;
  #savedAtMs = Number.NEGATIVE_INFINITY;
  #intervalMs = SHORTEST_INTERVAL_MS;
  #lastGood: Uint8Array<ArrayBuffer> | undefined;
  #writing: Promise<void> = Promise.resolve();
  /** A full disk is told once, not every few seconds. */
  #toldTrouble = false;

  constructor(store: BrowserStore, emit: (event: WorkerEvent) => void) {
    this.#store = store;
    this.#emit = emit;
  }

  /** The last good state as a run file; undefined before the first save. */
  get lastGood(): Uint8Array | undefined {
    return this.#lastGood;
  }

  /** Starts over for another run, whose file is given if it was just loaded. */
  watch(file?: Uint8Array<ArrayBuffer>): void {
    this.#lastGood = file;
    this.#savedAtMs = Number.NEGATIVE_INFINITY;
    this.#intervalMs = SHORTEST_INTERVAL_MS;
  }

  /** Saves if it is time to; does not wait for the disk. */
  async saveInTime(run: ActiveRun, turns: DeviceTurns): Promise<void> {
    if (performance.now() - this.#savedAtMs < this.#intervalMs) return;
    const startMs = performance.now();
    await this.#capture(run, turns);
    const tookMs = performance.now() - startMs;
    this.#intervalMs = Math.min(LONGEST_INTERVAL_MS, Math.max(SHORTEST_INTERVAL_MS, tookMs / SAVING_SHARE));
  }

  /** Saves now and waits for the disk. @throws StorageError if the store refuses. */
  async save(run: ActiveRun, turns: DeviceTurns): Promise<void> {
    if (run.phase === 'stopped' || run.step === 0) return;
    await this.#capture(run, turns);
    await this.#writing;
  }

  async #capture(run: ActiveRun, turns: DeviceTurns): Promise<void> {
    if (run.phase === 'stopped') return;
    this.#savedAtMs = performance.now();
    const captured = await turns.exclusive(() => run.capture());
    const file = encodeRun(captured);
    this.#lastGood = file;
    run.lastGoodStep = captured.step;
    const summary = run.summary(captured.savedAtMs, file.length);
    this.#writing = this.#writing.then(() => this.#write(file, { ...summary, step: captured.step }));
  }

  async #write(file: Uint8Array<ArrayBuffer>, summary: ReturnType<ActiveRun['summary']>): Promise<void> {
    try {
      await this.#store.saveRun(summary, file);
      this.#toldTrouble = false;
      this.#emit({ type: 'saved', runId: summary.runId, step: summary.step, savedAtMs: summary.savedAtMs });
    } catch (error) {
      if (!this.#toldTrouble) this.#emit({ type: 'fault', fault: toFault(error) });
      this.#toldTrouble = true;
    }
  }
}
