// What the run buttons do: train, pause, step, reset, more steps, back to the last good state.
// Editing settings is `draftActions.ts`; saved runs are `savedRunActions.ts`; starting up is `lifecycle.ts`.
import { engine } from '../client/engine.ts';
import { adjustLive, createRunFromDraft, flushDraft, isReplaceable } from './draftActions.ts';
import { needsNewRun } from './draftDifference.ts';
import { problemsOf } from './draftProblems.ts';
import { faultOf } from './notices.ts';
import { showRun } from './openedRun.ts';
import { moreSteps } from './runControls.ts';
import { useRunStore, type RunCommand } from './runStore.ts';

const { getState: get, setState: set } = useRunStore;

/** Asks the worker for something, with its button shown as pressed until the answer. */
async function perform(command: RunCommand, work: () => Promise<void>): Promise<void> {
  set({ command, runFault: undefined });
  try {
    await work();
  } catch (error) {
    if (get().deviceStatus !== 'restarting') set({ runFault: faultOf(error) });
  } finally {
    if (get().command === command) set({ command: undefined });
  }
}

/** @returns true, and says so near the buttons, if the draft cannot become a run. */
function refuseDraft(): boolean {
  const [problem] = problemsOf(get());
  if (problem === undefined) return false;
  set({
    runFault: {
      code: 'config',
      message: problem.message,
      remedy: problem.fix ? `${problem.fix.label}, or change the field.` : '',
    },
  });
  return true;
}

/** Starts or goes on. Pressed before there is a run, it is remembered and starts as soon as there is one. */
export async function train(): Promise<void> {
  if (get().command !== undefined) return;
  await flushDraft();
  const { run, draft, deviceStatus, creating, dataWork } = get();
  const textOnItsWay = creating || (dataWork !== undefined && isReplaceable(run));
  if (deviceStatus !== 'ready' || textOnItsWay) {
    set({ trainWhenReady: deviceStatus !== 'failed' });
    return;
  }
  if (run === undefined || (isReplaceable(run) && needsNewRun(draft, run.config))) {
    if (refuseDraft()) return;
    set({ trainWhenReady: true, creating: true });
    await createRunFromDraft();
    return;
  }
  await perform('train', async () => set({ run: await engine.request('train', {}) }));
}

/** Starts training that was asked for too early, once there is a run. @returns a function that ends the watch. */
export function startTrainingWhenReady(): () => void {
  return useRunStore.subscribe(({ trainWhenReady, deviceStatus, creating, dataWork, run }) => {
    if (!trainWhenReady || deviceStatus !== 'ready' || creating || dataWork !== undefined || run === undefined) return;
    set({ trainWhenReady: false });
    void train();
  });
}

export const resume = train;

/** While the engine starts again, the run is not under way: it is left paused. */
export async function pause(): Promise<void> {
  if (get().deviceStatus === 'restarting') {
    set(({ run }) => ({ trainWhenReady: false, ...(run && { run: { ...run, phase: 'paused' } }) }));
    return;
  }
  await perform('pause', async () => set({ run: await engine.request('pause', {}) }));
}

export async function step(): Promise<void> {
  await flushDraft();
  const { run, draft } = get();
  if (run?.phase === 'ready' && needsNewRun(draft, run.config) && refuseDraft()) return;
  await perform('step', async () => set({ run: await engine.request('step', {}) }));
}

/** A new run at step 0 with the draft's settings; the present one stays in the list of saved runs. */
export async function reset(): Promise<void> {
  await flushDraft();
  if (refuseDraft()) return;
  await perform('reset', async () => {
    if (get().run?.phase === 'running') set({ run: await engine.request('pause', {}) });
    await createRunFromDraft();
  });
}

/** After the last step: raises the number of steps and goes on. */
export async function trainMore(): Promise<void> {
  const { run } = get();
  if (run === undefined) return;
  const steps = run.step + moreSteps(run.config.training.steps);
  await adjustLive({ steps });
  await train();
}

/** After trouble: back to the last state known to be good, paused. */
export async function restoreLastGood(): Promise<void> {
  await perform('restore', async () => showRun(await engine.request('restoreLastGood', {}), 'keep'));
}
