// How many tokens a run reads in a second, by a clock that may tell time in steps of a tenth of a second (browsers that
// resist fingerprinting): single steps are too short for it, so that they are measured together.

/** At least ten ticks of the coarsest clock. */
const SPAN_MS = 1000;
/** How much of the rate so far stays when another span has been measured. */
const KEPT = 0.5;

export class TokenRate {
  #tokens = 0;
  #elapsedMs = 0;
  #perSecond = Number.NaN;

  /** Tokens per second; NaN until it is known. */
  get perSecond(): number {
    return this.#perSecond;
  }

  /** Notes work. @param elapsedMs by the clock; of short work it may well be 0 */
  add(tokens: number, elapsedMs: number): void {
    this.#tokens += tokens;
    this.#elapsedMs += Math.max(0, elapsedMs);
    if (this.#elapsedMs < SPAN_MS) return;
    const rate = (1000 * this.#tokens) / this.#elapsedMs;
    this.#perSecond = Number.isNaN(this.#perSecond) ? rate : KEPT * this.#perSecond + (1 - KEPT) * rate;
    this.#tokens = 0;
    this.#elapsedMs = 0;
  }
}
