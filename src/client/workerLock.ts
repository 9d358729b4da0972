// Notices a worker's death by the lock that it holds while it lives: browsers give it back when the worker is gone,
// whatever ended it. Where there are no locks (or the worker hangs), the heartbeat notices.

/** @param onGone called once, unless the watch was ended before @returns a function that ends the watch */
export function whenGone(lock: string, onGone: () => void): () => void {
  const controller = new AbortController();
  const scope: { navigator?: { locks?: LockManager } } = globalThis;
  scope.navigator?.locks
    ?.request(lock, { signal: controller.signal }, () => {
      if (!controller.signal.aborted) onGone();
    })
    .catch(() => {
      // The watch was ended, or this page may have no locks.
    });
  return () => controller.abort();
}
