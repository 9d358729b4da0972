// The latest figures of the open run for the run bar, at a pace that eyes and React can follow.
import { useEffect, useState } from 'react';
import { metricSeries } from '../../state/metricSeries.ts';
import { presentStep } from '../../state/openedRun.ts';
import { useRunStore } from '../../state/runStore.ts';
import { presentSpeed } from './trainingSpeed.ts';

export interface TrainingPulse {
  readonly step: number;
  /** Last training loss in nats; undefined before the first step. */
  readonly loss: number | undefined;
  /** Mean over the last steps; undefined until this backend has taken one. */
  readonly tokensPerSecond: number | undefined;
}

/** Steps up to this one were taken on another backend, or before the run was opened. */
let speedAfterStep = 0;
useRunStore.subscribe((state, before) => {
  const goneBack = (state.run?.step ?? 0) < (before.run?.step ?? 0);
  if (state.device === before.device && state.run?.runId === before.run?.runId && !goneBack) return;
  speedAfterStep = metricSeries.last('step') ?? 0;
});

function readPulse(): TrainingPulse {
  return {
    step: presentStep(),
    loss: metricSeries.last('loss'),
    tokensPerSecond: presentSpeed(metricSeries.column('step'), metricSeries.column('tokensPerSecond'), speedAfterStep),
  };
}

/** @returns the latest figures, renewed at most every `paceMs` milliseconds and at once when the phase changes. */
export function useTrainingPulse(paceMs: number): TrainingPulse {
  const runId = useRunStore((state) => state.run?.runId);
  const phase = useRunStore((state) => state.run?.phase);
  const [pulse, setPulse] = useState(readPulse);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const renew = () => {
      timer = undefined;
      setPulse(readPulse());
    };
    const onChange = () => {
      timer ??= setTimeout(renew, paceMs);
    };
    renew();
    const stopSeries = metricSeries.subscribe(onChange);
    const stopStore = useRunStore.subscribe((state, before) => {
      if (state.run?.step !== before.run?.step || state.device !== before.device) onChange();
    });
    return () => {
      stopSeries();
      stopStore();
      clearTimeout(timer);
    };
  }, [paceMs, runId, phase]);
  return pulse;
}
