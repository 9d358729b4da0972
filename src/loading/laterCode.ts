// Code that is loaded when it is first needed, and again if that failed. A browser may remember a failed import for good
// (Firefox does, of every file that it meant to load), so nothing is imported while the server does not answer.

/** Code did not arrive: the server is away, or has no such file any more. */
export class LaterCodeError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'LaterCodeError';
  }
}

/** Asks for a file that is surely there: the one that holds this code. @throws LaterCodeError if no answer comes */
async function requireServer(address: string): Promise<void> {
  // In Node code comes from files.
  if (!/^https?:/.test(address)) return;
  try {
    await fetch(address, { method: 'HEAD', cache: 'no-store' });
  } catch {
    throw new LaterCodeError(`Part of Glassbox could not be loaded: ${new URL(address).host} does not answer.`);
  }
}

/**
 * @param load a dynamic import
 * @param address a file of the page that is loaded already
 * @throws LaterCodeError; the next call tries again
 */
export async function later<M>(load: () => Promise<M>, address: string = import.meta.url): Promise<M> {
  await requireServer(address);
  try {
    return await load();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new LaterCodeError(`Part of Glassbox could not be loaded (${reason}).`);
  }
}
