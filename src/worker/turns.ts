// Who uses the device when: one piece of work at a time, and what a person waits for before training.

/** How long training waits at most while a person's generation or inspection goes on. */
const PATIENCE_MS = 500;

export class DeviceTurns {
  #tail: Promise<unknown> = Promise.resolve();
  #attended = 0;
  #whenIdle: (() => void)[] = [];

  /** Runs `work` alone; pieces of work run in the order asked. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work);
    this.#tail = result.catch(() => {});
    return result;
  }

  /** Marks work that a person waits for: until it ends, training steps stand back. */
  async attended<T>(work: () => Promise<T>): Promise<T> {
    this.#attended++;
    try {
      return await work();
    } finally {
      this.#attended--;
      if (this.#attended === 0) for (const resume of this.#whenIdle.splice(0)) resume();
    }
  }

  /** Runs `work` alone, after standing back for attended work (at most half a second, so that training never stalls). */
  async background<T>(work: () => Promise<T>): Promise<T> {
    if (this.#attended > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, PATIENCE_MS);
        this.#whenIdle.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    return this.exclusive(work);
  }
}
