// When a long piece of work reports progress, gives way to other work and notices a cancel.
// It does no work itself. Reading, making and splitting texts (`data`) keep to it as tokenizers do.

/** Progress of a long piece of work; `fraction` is 0 … 1. Work rejects with the signal's reason once it is aborted. */
export interface WorkContext {
  readonly signal: AbortSignal;
  readonly onProgress: (fraction: number, message: string) => void;
  /** Gives other work (cancel messages) a turn; awaited every ~30 ms of work. */
  readonly yieldToEvents: () => Promise<void>;
}

const BREATH_EVERY_MS = 30;

export class WorkPace {
  readonly #context: WorkContext;
  #lastBreathMs: number;

  /** @throws the signal's reason if the work was cancelled before it began */
  constructor(context: WorkContext) {
    context.signal.throwIfAborted();
    this.#context = context;
    this.#lastBreathMs = performance.now();
  }

  /**
   * To be called often: breathes if ~30 ms have passed since the last breath, else returns undefined, with nothing to
   * await. Costs a clock reading: ask every few thousand small steps.
   */
  tick(fraction: number, message: string): Promise<void> | undefined {
    return performance.now() - this.#lastBreathMs < BREATH_EVERY_MS ? undefined : this.yieldToEvents(fraction, message);
  }

  /** Reports progress and lets other work run now. @throws (rejects with) the signal's reason if it was cancelled */
  async yieldToEvents(fraction: number, message: string): Promise<void> {
    this.#context.signal.throwIfAborted();
    this.#context.onProgress(Math.min(1, fraction), message);
    await this.#context.yieldToEvents();
    this.#context.signal.throwIfAborted();
    this.#lastBreathMs = performance.now();
  }
}
