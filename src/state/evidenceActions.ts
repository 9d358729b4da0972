// Checking the engine on this device, at the person's wish only: the run goes on beside it.
import { engine } from '../client/engine.ts';
import type { Fault } from '../protocol/messages.ts';
import { useEvidenceStore } from './evidenceStore.ts';
import { faultOf } from './notices.ts';
import { useRunStore } from './runStore.ts';

const { getState: get, setState: set } = useEvidenceStore;

const OVERTAKEN: Fault = {
  code: 'cancelled',
  message: 'The check stopped because the run or the device changed.',
  remedy: 'Check again.',
};

let running: AbortController | undefined;

/** Ends the check under way; what an earlier one found stays. */
export function stopCheck(): void {
  running?.abort();
}

/** Checks a small model of the open run's switches; does nothing while one is under way or without a run. */
export async function checkEvidence(): Promise<void> {
  const { run, device } = useRunStore.getState();
  if (run === undefined || get().work !== undefined) return;
  const controller = new AbortController();
  running = controller;
  set({ work: { fraction: 0, message: 'Starting the check' }, fault: undefined });
  try {
    const report = await engine.request(
      'checkEvidence',
      {},
      { signal: controller.signal, onProgress: (fraction, message) => set({ work: { fraction, message } }) },
    );
    set({ checked: { report, run, device, at: new Date() } });
  } catch (error) {
    const fault = faultOf(error);
    // The restart says what happened; a second sentence would only repeat it.
    if (useRunStore.getState().deviceStatus === 'restarting') return;
    if (fault.code !== 'cancelled') set({ fault });
    else if (!controller.signal.aborted) set({ fault: OVERTAKEN });
  } finally {
    running = undefined;
    set({ work: undefined });
  }
}
