// One tab, one run: a lock that the browser keeps while this worker lives, so that two tabs never write the same run.

/** A tab that was just reloaded gives its lock back within this time. */
const PATIENCE_MS = 1500;

export class RunClaim {
  #runId: string | undefined;
  #release: () => void = () => {};

  /** Claims a run and gives the former one back. @returns false if another tab has it open; true also where browsers have no locks */
  async take(runId: string): Promise<boolean> {
    if (this.#runId === runId) return true;
    const release = await locked(`glassbox-run-${runId}`);
    if (release === undefined) return false;
    this.#release();
    this.#release = release;
    this.#runId = runId;
    return true;
  }
}

/** @returns the function that gives the lock back, or undefined if it is not to be had in time. */
function locked(name: string): Promise<(() => void) | undefined> {
  // Only browsers have locks, and only in secure contexts, whatever the types say.
  const scope: { navigator?: { locks?: LockManager } } = globalThis;
  const locks = scope.navigator?.locks;
  if (locks === undefined) return Promise.resolve(() => {});
  return new Promise((resolve) => {
    locks
      .request(
        name,
        { signal: AbortSignal.timeout(PATIENCE_MS) },
        () => new Promise<void>((release) => resolve(release)),
      )
      .catch(() => resolve(undefined));
  });
}
