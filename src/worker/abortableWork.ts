// Work under way that must be ended before what it uses goes: requests that can be told to stop, and waited for.

export class AbortableWork {
  readonly #underWay = new Map<AbortController, Promise<unknown>>();

  /** Runs work that ends early by the given signal or by this. */
  async run<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    if (signal.aborted) controller.abort();
    else signal.addEventListener('abort', () => controller.abort());
    const result = work(controller.signal);
    this.#underWay.set(
      controller,
      result.catch(() => {}),
    );
    try {
      return await result;
    } finally {
      this.#underWay.delete(controller);
    }
  }

  /** Tells all work to stop, and waits until it has. */
  async end(): Promise<void> {
    this.#abort();
    await Promise.all(this.#underWay.values());
  }

  /** Tells all work to stop and waits for none of it: where the device is lost, some never ends. */
  abandon(): void {
    this.#abort();
    this.#underWay.clear();
  }

  #abort(): void {
    for (const controller of this.#underWay.keys()) controller.abort();
  }
}
