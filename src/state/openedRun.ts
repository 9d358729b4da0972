// Puts a run that the worker has opened or made on screen: its report, history and data.
import type { OpenedRun } from '../protocol/messages.ts';
import { dataKeyOf, needsNewRun } from './draftDifference.ts';
import { metricSeries } from './metricSeries.ts';
import { useRunStore } from './runStore.ts';

/** @param draft 'take' makes the run's config the draft; 'keep' leaves what the person is editing. */
export function showRun({ run, history, data }: OpenedRun, draft: 'take' | 'keep'): void {
  metricSeries.clear();
  metricSeries.append(history.metrics);
  useRunStore.setState((state) => {
    const shown = draft === 'take' ? run.config : state.draft;
    return {
      run,
      data,
      runData: data,
      dataKey: dataKeyOf(run.config),
      draft: shown,
      draftDiffers: needsNewRun(shown, run.config),
      evaluations: history.evaluations,
      diary: history.diary,
      savedAtMs: undefined,
      runFault: undefined,
      dataFault: undefined,
    };
  });
}
