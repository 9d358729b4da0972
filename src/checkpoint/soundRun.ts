// Whether what a run file says can be true: finite weights, a step that its history leads to. That its parts fit the
// text it was trained on is for whoever has the text.
import { inWords } from '../config/inWords.ts';
import type { METRIC_COLUMNS } from '../protocol/messages.ts';
import { damaged } from './runFileError.ts';

/** What is looked at here of a saved run. */
export interface CheckedRun {
  readonly step: number;
  readonly config: { readonly training: { readonly steps: number } };
  readonly parameters: Float32Array;
  readonly firstMoment: Float32Array;
  readonly secondMoment: Float32Array;
  /** Rows of METRIC_COLUMNS; the first is the step. */
  readonly metrics: Float32Array;
  readonly evaluations: readonly { readonly step: number }[];
  readonly diary: readonly { readonly step: number }[];
}

const METRICS_WIDTH: (typeof METRIC_COLUMNS)['length'] = 5;

/** Most steps that were ever begun together: so far a run may have gone beyond a last step that was moved back meanwhile. */
export const MOST_STEPS_TOGETHER = 256;

const BUFFERS = [
  ['parameters', 'weights'],
  ['firstMoment', 'first moments'],
  ['secondMoment', 'second moments'],
] as const satisfies readonly (readonly [keyof CheckedRun, string])[];

/** Whether every number of a state is one: what a step leaves of weights that overflow is not worth keeping. */
export const holdsNumbersOnly = (state: Pick<CheckedRun, (typeof BUFFERS)[number][0]>): boolean =>
  BUFFERS.every(([buffer]) => state[buffer].every(Number.isFinite));

/** @throws RunFileError that names what cannot be true */
export function requireSound(run: CheckedRun): void {
  requireNumbers(run);
  requireReachableStep(run);
  requireMetrics(run);
  requireHistory('validation losses', run.evaluations, run.step);
  requireHistory('diary', run.diary, run.step);
}

function requireNumbers(run: CheckedRun): void {
  for (const [buffer, name] of BUFFERS) {
    const values = run[buffer];
    const place = values.findIndex((value) => !Number.isFinite(value));
    if (place >= 0)
      throw damaged(`its ${name} hold ${values[place]} (number ${inWords(place + 1)} of ${inWords(values.length)})`);
  }
  const place = run.secondMoment.findIndex((value) => value < 0);
  if (place >= 0) throw damaged(`its second moments hold ${run.secondMoment[place]}, and squares cannot be negative`);
}

function requireReachableStep({ step, config }: CheckedRun): void {
  const { steps } = config.training;
  if (step - steps < MOST_STEPS_TOGETHER) return;
  throw damaged(`it is at step ${inWords(step)}, beyond its last step, ${inWords(steps)}`);
}

/** One row a step; of a run that was saved while it stood stopped, one more or some fewer. */
function requireMetrics({ metrics, step }: CheckedRun): void {
  if (metrics.length % METRICS_WIDTH !== 0) throw damaged('its metrics end in the middle of a row');
  let before = 0;
  for (let row = 0; row < metrics.length / METRICS_WIDTH; row++) {
    const at = metrics[row * METRICS_WIDTH] ?? Number.NaN;
    if (!Number.isInteger(at)) throw damaged(`row ${inWords(row + 1)} of its metrics is of step ${at}`);
    if (at < Math.max(1, before) || at > before + MOST_STEPS_TOGETHER) {
      throw damaged(`its metrics go from step ${inWords(before)} to step ${inWords(at)}`);
    }
    before = at;
  }
  if (before > step + 1 || before <= step - MOST_STEPS_TOGETHER) {
    throw damaged(`its metrics end at step ${inWords(before)}, but it is at step ${inWords(step)}`);
  }
}

function requireHistory(name: string, entries: CheckedRun['diary'], last: number): void {
  let before = -1;
  for (const { step } of entries) {
    if (step < before) throw damaged(`its ${name} go from step ${inWords(before)} back to step ${inWords(step)}`);
    if (step > last) throw damaged(`its ${name} reach step ${inWords(step)}, but it is at step ${inWords(last)}`);
    before = step;
  }
}
