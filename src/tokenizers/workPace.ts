// When a long piece of work reports progress, gives way to other work and notices a cancel.
// It does no work itself; the shape of the context is the one that reading texts uses too.

/** Progress of a long piece of work; `fraction` is 0 … 1. Work rejects with the signal's reason once it is aborted. */
export interface WorkContext {
  readonly signal: AbortSignal;
  readonly onProgress: (fraction: number, message: string) => void;
  /** Gives other work (cancel messages) a turn; awaited every ~30 ms of work. */
  readonly breathe: () => Promise<void>;
}

const BREATH_EVERY_MS = 30;

export class WorkPace {
  readonly #context: WorkContext;
  #lastBreathMs = performance.now();

  constructor(context: WorkContext) {
    this.#context = context;
  }

  /** Whether ~30 ms have passed since the last breath. Costs a clock reading: ask every few thousand small steps. */
  due(): boolean {
    return performance.now() - this.#lastBreathMs > BREATH_EVERY_MS;
  }

  /** Reports progress, lets other work run and returns. @throws the signal's reason if the work was cancelled. */
  async breathe(fraction: number, message: string): Promise<void> {
    this.#context.signal.throwIfAborted();
    this.#context.onProgress(Math.min(1, fraction), message);
    await this.#context.breathe();
    this.#context.signal.throwIfAborted();
    this.#lastBreathMs = performance.now();
  }
}
