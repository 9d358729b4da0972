// Puts a run that the worker has opened or made on screen: its report, history and data.
import type { RunConfig } from '../config/runConfig.ts';
import type { OpenedRun, RunReport } from '../protocol/messages.ts';
import { dataKeyOf, needsNewRun, sameText } from './draftDifference.ts';
import { metricSeries } from './metricSeries.ts';
import { useRunStore } from './runStore.ts';

/** @param draft 'take' makes the run's config the draft; 'keep' leaves what the person is editing. */
export function showRun({ run, history, data }: OpenedRun, draft: 'take' | 'keep'): void {
  metricSeries.clear();
  metricSeries.append(history.metrics);
  useRunStore.setState((state) => {
    const shown = draft === 'take' ? run.config : knowingText(state.draft, run.config);
    return {
      run,
      data,
      runData: data,
      dataKey: dataKeyOf(run.config),
      draft: shown,
      draftDiffers: needsNewRun(shown, run.config),
      evaluations: history.evaluations,
      diary: history.diary,
      saved: undefined,
      liveChanges: {},
      runFault: undefined,
      dataFault: undefined,
    };
  });
}

/** Shows what the worker says of the open run. A last step that it had to move is moved in the draft, too. */
export function showReport(run: RunReport): void {
  useRunStore.setState(({ run: before, draft }) => {
    const { steps } = run.config.training;
    const follows = before?.runId === run.runId && draft.training.steps < steps && run.step === steps;
    return follows ? { run, draft: { ...draft, training: { ...draft.training, steps } } } : { run };
  });
}

/** A draft that names only an address names its text once a run was made of it. */
const knowingText = (draft: RunConfig, { text }: RunConfig): RunConfig =>
  sameText(draft.text, text) ? { ...draft, text } : draft;

/** The step that the open run has reached, as far as this page knows. */
export function presentStep(): number {
  return Math.max(useRunStore.getState().run?.step ?? 0, metricSeries.last('step') ?? 0);
}
