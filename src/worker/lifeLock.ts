// A lock that the worker holds while it lives, so that the page learns of its death whatever ended it.

/** @returns the lock's name once it is held; null where browsers have no locks */
export function holdLifeLock(): Promise<string | null> {
  // Only browsers have locks, and only in secure contexts, whatever the types say.
  const scope: { navigator?: { locks?: LockManager } } = globalThis;
  const locks = scope.navigator?.locks;
  if (locks === undefined) return Promise.resolve(null);
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
  const name = `glassbox-worker-${Date.now().toString(36)}-${random.toString(36)}`;
  return new Promise((resolve) => {
    locks
      .request(name, () => {
        resolve(name);
        return new Promise<never>(() => {});
      })
      .catch(() => resolve(null));
  });
}
