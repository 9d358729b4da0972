// When the run's live region speaks: at every change of phase or single step, and while training now and then.
// Pure; what it says is `RunStatus.tsx`.

export interface RunMoment {
  /** The phase, or what goes on while there is no run. */
  readonly phase: string;
  readonly step: number;
  /** Length of the run in steps. */
  readonly steps: number;
  readonly timeMs: number;
}

const LEAST_PAUSE_MS = 30_000;
const LEAST_SHARE = 0.1;

/**
 * @param last the moment spoken of last, if any.
 * @returns true if `now` is worth a sentence; while training, a tenth of the steps and 30 s must both have passed.
 */
export function isWorthSaying(last: RunMoment | undefined, now: RunMoment): boolean {
  if (last === undefined || now.phase !== last.phase) return true;
  if (now.phase !== 'running') return now.step !== last.step;
  return now.step - last.step >= LEAST_SHARE * now.steps && now.timeMs - last.timeMs >= LEAST_PAUSE_MS;
}
