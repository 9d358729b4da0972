// Keeps long work polite: every ~30 ms it reports progress, lets other messages in and stops if it was cancelled.
// It does no work itself.
import type { WorkContext } from './textSource.ts';

const BREATH_MS = 30;

export class Pace {
  readonly #context: WorkContext;
  #lastBreathMs: number;

  constructor(context: WorkContext) {
    context.signal.throwIfAborted();
    this.#context = context;
    this.#lastBreathMs = performance.now();
  }

  /**
   * To be called often; returns undefined, with nothing to await, when no breath is due.
   * Otherwise the promise is rejected with the signal's reason if the work was cancelled.
   */
  tick(fraction: number, message: string): Promise<void> | undefined {
    return performance.now() - this.#lastBreathMs < BREATH_MS ? undefined : this.breathe(fraction, message);
  }

  /** Reports and takes a breath now. */
  async breathe(fraction: number, message: string): Promise<void> {
    this.#context.onProgress(Math.min(1, fraction), message);
    await this.#context.breathe();
    this.#context.signal.throwIfAborted();
    this.#lastBreathMs = performance.now();
  }
}
