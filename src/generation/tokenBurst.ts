// How many tokens are begun at once where the device draws them: more while they are quick, so that nobody waits for a
// round trip per token; few enough that text appears steadily and can be stopped.

/** Tokens appear at least so often. */
const MOST_MS = 60;
const MOST_TOKENS = 16;

export class TokenBurst {
  #count = 1;

  /** Tokens to begin next. */
  get count(): number {
    return this.#count;
  }

  /** Runs one piece of writing and learns from how long it took. */
  async measured<T>(write: () => Promise<T>): Promise<T> {
    const startMs = performance.now();
    const result = await write();
    const elapsedMs = performance.now() - startMs;
    if (elapsedMs < MOST_MS / 2) this.#count = Math.min(2 * this.#count, MOST_TOKENS);
    else if (elapsedMs > MOST_MS) this.#count = Math.max(1, Math.floor((this.#count * MOST_MS) / elapsedMs));
    return result;
  }
}
