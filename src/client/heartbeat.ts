// Whether the worker still lives: the page asks every second, and what does not answer for too long is given up.
//
// A worker computes in one thread, so it answers nothing while an operation runs, and a training step of a large model
// takes minutes on a processor. It is never given up for that: it says beforehand how long it may be silent (`busy`),
// and has ten times as long. Should a stretch of work go unannounced all the same, it costs no more than one restart or
// two: whoever gave a worker up is twice as patient with the next.
//
// Time is counted, not read: a pause between two looks that is longer than it should be counts for one second. A laptop
// that slept, a tab in the background whose timers are held back, or a page that was itself busy sees only such a pause,
// and asks first.

const LOOK_EVERY_MS = 1000;
const LONGEST_PAUSE_MS = 2 * LOOK_EVERY_MS;
/** With the look that notices it, a worker is given up less than five seconds after its last word. */
const PATIENCE_MS = 3500;
const TIMES_EXPECTED = 10;
/** A silence of so long is worth telling. */
const QUIET_MS = 1500;

/** A worker that says nothing at present. */
export interface Quiet {
  /** How long it said that it would say nothing; 0 if it should answer at once. */
  readonly expectedMs: number;
}

export interface HeartbeatSurroundings {
  readonly ping: () => void;
  /** Told when a silence becomes noticeable, and with undefined when it ends. */
  readonly onQuiet: (quiet: Quiet | undefined) => void;
  readonly onDead: () => void;
}

export class Heartbeat {
  readonly #around: HeartbeatSurroundings;
  readonly #patience: number;
  #timer: ReturnType<typeof setInterval> | undefined;
  #lookedAtMs = 0;
  /** Counted since the last word. */
  #silentMs = 0;
  #expectedMs = 0;
  #isAwaiting = false;
  #isQuiet = false;

  /** @param patience how many times as long as usual to wait */
  constructor(around: HeartbeatSurroundings, patience = 1) {
    this.#around = around;
    this.#patience = patience;
  }

  /** Something came from the worker. The first time it begins to be watched: how long code takes to load is not known. */
  heard(): void {
    this.#count();
    this.#silentMs = 0;
    this.#isAwaiting = false;
    if (this.#isQuiet) {
      this.#isQuiet = false;
      this.#around.onQuiet(undefined);
    }
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  /** The worker may be silent for about so long at a time. */
  expect(ms: number): void {
    this.#expectedMs = ms;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (this.#isQuiet) this.#around.onQuiet(undefined);
    this.#isQuiet = false;
  }

  #count(): void {
    const nowMs = performance.now();
    const passedMs = nowMs - this.#lookedAtMs;
    const isPause = passedMs < 0 || passedMs > LONGEST_PAUSE_MS;
    if (this.#timer !== undefined) this.#silentMs += isPause ? LOOK_EVERY_MS : passedMs;
    this.#lookedAtMs = nowMs;
  }

  #look(): void {
    this.#count();
    if (this.#silentMs >= this.#patience * PATIENCE_MS + TIMES_EXPECTED * this.#expectedMs) {
      this.stop();
      this.#around.onDead();
      return;
    }
    if (this.#silentMs >= QUIET_MS && !this.#isQuiet) {
      this.#isQuiet = true;
      this.#around.onQuiet({ expectedMs: this.#expectedMs });
    }
    // One question at a time: they would only wait in line.
    if (this.#isAwaiting) return;
    this.#isAwaiting = true;
    this.#around.ping();
  }
}
