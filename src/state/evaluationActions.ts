// Evaluating the present model, at the person's wish only: asks the engine, shows progress, stops on request.
import { engine } from '../client/engine.ts';
import type { Fault } from '../protocol/messages.ts';
import { EVALUATION_EXTENTS, useEvaluationStore, type EvaluationExtent } from './evaluationStore.ts';
import { faultOf } from './notices.ts';
import { useRunStore } from './runStore.ts';

const { getState: get, setState: set } = useEvaluationStore;

/** Chooses questions and examples: always the same, so that evaluations compare. */
const SEED = 1;

/** The share of the work from which the time for the rest can be told. */
const TELLING_SHARE = 0.05;

const OVERTAKEN: Fault = {
  code: 'cancelled',
  message: 'The evaluation stopped because the run or the device changed.',
  remedy: 'Evaluate again.',
};

let running: AbortController | undefined;

export function chooseExtent(extent: EvaluationExtent): void {
  set({ extent });
}

/** Ends the evaluation under way; the former report stays. */
export function stopEvaluation(): void {
  running?.abort();
}

/** Evaluates the open run's model; does nothing while that is under way or without a run. Faults go to the store. */
export async function evaluate(): Promise<void> {
  const { run, runData } = useRunStore.getState();
  if (run === undefined || get().work !== undefined) return;
  const controller = new AbortController();
  running = controller;
  set({ work: { fraction: 0, message: 'Beginning', secondsLeft: undefined }, fault: undefined });
  const startMs = performance.now();
  const settings = { ...EVALUATION_EXTENTS[get().extent], heldOut: true, tasks: true, seed: SEED };
  try {
    const report = await engine.request(
      'evaluate',
      { settings },
      {
        signal: controller.signal,
        onProgress: (fraction, message) =>
          set({ work: { fraction, message, secondsLeft: secondsLeft(fraction, performance.now() - startMs) } }),
      },
    );
    set({ evaluated: { report, run, data: runData } });
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

function secondsLeft(fraction: number, elapsedMs: number): number | undefined {
  return fraction < TELLING_SHARE ? undefined : ((elapsedMs / 1000) * (1 - fraction)) / fraction;
}
