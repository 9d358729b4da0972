// Asks the browser, once, not to delete what this site stores when its disk runs full: when there is a run worth keeping,
// since some browsers then ask the user.
import { rememberAskedToKeep, wasAskedToKeep } from './preferences.ts';

/** A run is worth keeping from this step on, or when it has been trained for so long. */
const WORTH_STEPS = 100;
const WORTH_MS = 60_000;

let firstSaved: { readonly runId: string; readonly atMs: number } | undefined;

/** To be told of every save. */
export async function keepRunOnceWorthIt({ runId, step }: { runId: string; step: number }): Promise<void> {
  const now = performance.now();
  if (firstSaved?.runId !== runId) firstSaved = { runId, atMs: now };
  if ((step < WORTH_STEPS && now - firstSaved.atMs < WORTH_MS) || wasAskedToKeep()) return;
  rememberAskedToKeep();
  // Missing on http: addresses, and refused in some frames; what may happen then is said under Runs.
  const scope: { navigator?: { storage?: Partial<StorageManager> } } = globalThis;
  await scope.navigator?.storage?.persist?.().catch(() => false);
}
