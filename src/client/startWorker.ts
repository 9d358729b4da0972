// Starts a worker where the browser lets it, and where it refuses (a sandboxed frame, a site's policy) stands in one that
// dies at once, so that a refusal is told like any other death.

class RefusedWorker extends EventTarget implements Worker {
  readonly onmessage = null;
  readonly onmessageerror = null;
  readonly onerror = null;
  constructor() {
    super();
    // Not before somebody listens.
    setTimeout(() => this.dispatchEvent(new Event('error', { cancelable: true })));
  }
  postMessage(): void {}
  terminate(): void {}
}

export function startWorker(start: () => Worker): Worker {
  try {
    return start();
  } catch {
    return new RefusedWorker();
  }
}
