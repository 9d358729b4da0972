// What interrupts a run again and again, a lost device or a dead worker: tells one that happens now and then from one
// that comes back with every step, so that going on is not tried for ever. The page and the worker each count their own.

/** After so many in a row, going on by itself would only fail again. */
export const MOST_SETBACKS = 3;
/** A run that took so many steps in between, or any in so much time, was getting on. */
const ENOUGH_STEPS = 20;
const CALM_MS = 60_000;

export class Setbacks {
  #inARow = 0;
  #runId: string | undefined;
  #furthestStep = 0;
  #lastAtMs = Number.NEGATIVE_INFINITY;

  /**
   * Notes an interruption.
   * @param run the open run, the step that it had reached, and whether it was training
   * @param nowMs by any clock that only goes forward
   * @returns how many there were in a row, this one included, in between which the run did not get on
   */
  note(
    run: { readonly runId: string; readonly step: number; readonly training: boolean } | undefined,
    nowMs: number,
  ): number {
    const isCalm = nowMs - this.#lastAtMs >= CALM_MS;
    const steps = (run?.step ?? 0) - this.#furthestStep;
    const gotOn = run?.training ? steps >= ENOUGH_STEPS || (steps > 0 && isCalm) : isCalm;
    const isAnother = run?.runId !== this.#runId;
    this.#inARow = isAnother || gotOn ? 1 : this.#inARow + 1;
    this.#furthestStep = isAnother ? (run?.step ?? 0) : Math.max(this.#furthestStep, run?.step ?? 0);
    this.#runId = run?.runId;
    this.#lastAtMs = nowMs;
    return this.#inARow;
  }

  /** Begins to count anew, at the user's wish. */
  forget(): void {
    this.#inARow = 0;
    this.#runId = undefined;
    this.#lastAtMs = Number.NEGATIVE_INFINITY;
  }
}
