// Runs kept in this browser and in files: list, open, delete, rename, save to a file, load from one.
import { engine } from '../client/engine.ts';
import { faultOf, withdrawNotice } from './notices.ts';
import { showRun } from './openedRun.ts';
import { useRunStore } from './runStore.ts';
import type { Fault, OpenedRun } from '../protocol/messages.ts';

const { setState: set } = useRunStore;

/** @returns the fault, if the list could not be read. */
export async function refreshSavedRuns(): Promise<Fault | undefined> {
  return attempt(list);
}

async function list(): Promise<void> {
  const [savedRuns, storage] = await Promise.all([engine.request('listRuns', {}), engine.request('storeReport', {})]);
  set({ savedRuns, storage });
}

/** Opens a saved run, paused; the present one is kept. @returns the fault, if it could not be opened. */
export async function openRun(runId: string): Promise<Fault | undefined> {
  return attempt(async () => show(await engine.request('openRun', { runId })));
}

export async function deleteRun(runId: string): Promise<Fault | undefined> {
  return attempt(async () => {
    await engine.request('deleteRun', { runId });
    await list();
  });
}

/** Deletes runs one after another, so that what can go is gone even if one cannot. */
export async function deleteRuns(runIds: readonly string[]): Promise<Fault | undefined> {
  return attempt(async () => {
    try {
      for (const runId of runIds) await engine.request('deleteRun', { runId });
    } finally {
      await list();
    }
  });
}

/** Renames the open run. */
export async function renameRun(name: string): Promise<Fault | undefined> {
  return attempt(async () => {
    set({ run: await engine.request('renameRun', { name }) });
    await list();
  });
}

/**
 * Saves the open run as one file in the user's downloads.
 * @param onLeftOut told if training went wrong: the file holds `kept`, the last good step, not what came of it since
 */
export async function saveToFile(onLeftOut: (kept: number, ruined: number) => void): Promise<Fault | undefined> {
  return attempt(async () => {
    const { fileName, file, step, ruinedStep } = await engine.request('exportRun', {});
    const address = URL.createObjectURL(file);
    const link = document.createElement('a');
    link.href = address;
    link.download = fileName;
    link.click();
    // The browser reads the address after this task; freeing it at once would cancel the download.
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
    if (ruinedStep !== null) onLeftOut(step, ruinedStep);
  });
}

/**
 * Opens a run from a file.
 * @returns the fault, if the file is not one or cannot be read; the present run then stays. Cancelling is none.
 */
export async function loadFromFile(
  file: Blob,
  options: { signal: AbortSignal; onProgress: (fraction: number, message: string) => void },
): Promise<Fault | 'cancelled' | undefined> {
  withdrawNotice('drop');
  const fault = await attempt(async () => show(await engine.request('importRun', { file }, options)));
  return fault?.code === 'cancelled' ? 'cancelled' : fault;
}

function show(opened: OpenedRun): void {
  set({ trainWhenReady: false });
  showRun(opened, 'take');
}

async function attempt(work: () => Promise<void>): Promise<Fault | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return faultOf(error);
  }
}
