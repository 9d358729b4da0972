// Measuring a training step, at the person's wish only: training stands back meanwhile.
import { engine } from '../client/engine.ts';
import { useEngineReportStore } from './engineReportStore.ts';
import { faultOf } from './notices.ts';
import { useRunStore } from './runStore.ts';

const { getState: get, setState: set } = useEngineReportStore;

/** Measures the open run's step; does nothing while that is under way or without a run. Faults go to the store. */
export async function measureStep(): Promise<void> {
  const { run, device } = useRunStore.getState();
  if (run === undefined || get().measuring) return;
  set({ measuring: true, fault: undefined });
  try {
    const report = await engine.request('engineReport', {});
    set({ measured: { report, run, device } });
  } catch (error) {
    // The restart says what happened; a second sentence would only repeat it.
    if (useRunStore.getState().deviceStatus !== 'restarting') set({ fault: faultOf(error) });
  } finally {
    set({ measuring: false });
  }
}
