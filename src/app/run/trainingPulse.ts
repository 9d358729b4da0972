// The latest figures of the open run for the run bar, at a pace that eyes and React can follow.
import { useEffect, useState } from 'react';
import { metricSeries } from '../../state/metricSeries.ts';
import { useRunStore } from '../../state/runStore.ts';

export interface TrainingPulse {
  readonly step: number;
  /** Last training loss in nats; undefined before the first step. */
  readonly loss: number | undefined;
  /** Mean over the last steps; undefined before the first. */
  readonly tokensPerSecond: number | undefined;
}

const AVERAGED_ROWS = 10;

function readPulse(): TrainingPulse {
  const rates = metricSeries
    .column('tokensPerSecond')
    .slice(-AVERAGED_ROWS)
    .filter((rate) => rate > 0);
  return {
    step: Math.max(useRunStore.getState().run?.step ?? 0, metricSeries.last('step') ?? 0),
    loss: metricSeries.last('loss'),
    tokensPerSecond: rates.length === 0 ? undefined : rates.reduce((sum, rate) => sum + rate, 0) / rates.length,
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
      if (state.run?.step !== before.run?.step) onChange();
    });
    return () => {
      stopSeries();
      stopStore();
      clearTimeout(timer);
    };
  }, [paceMs, runId, phase]);
  return pulse;
}
