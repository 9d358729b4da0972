// Times work on whatever clock a browser gives: some are rounded to 100 ms, and some devices take as long to answer at
// all. So every span is long against both, and begins where the clock has just moved.

/** What work is measured on: milliseconds, as `performance.now` gives them. */
export type Clock = () => number;

/** A shorter span would measure the scheduler. */
const SHORTEST_SPAN_MS = 8;
/** A span of so many of the clock's steps is at most so much of one step too short. */
const SPAN_STEPS = 4;
/** A device's time to answer is at most such a part of a span. */
const SPAN_ANSWERS = 4;
/** A clock that moves in smaller steps needs no care about where in a step a span begins. */
const FINE_STEP_MS = 0.5;
/** Looks at a clock that does not move before it counts as standing still; about half a second. */
const MOST_LOOKS = 1e7;
const STEPS_SEEN = 3;
const ROUNDS = 5;
/** Rounds after the first end when they have taken so long together. */
const ROUNDS_MS = 150;
const LARGEST_GROWTH = 8;
const MOST_REPEATS = 2 ** 20;

/** Waits, busily, until the clock moves. @returns by how much; 0 for a clock that stands still */
function nextStep(now: Clock): number {
  const start = now();
  for (let look = 0; look < MOST_LOOKS; look++) {
    const moved = now() - start;
    if (moved > 0) return moved;
  }
  return 0;
}

/** The smallest time that the clock can tell, in milliseconds; 0 for a clock that stands still. */
export function clockStepMs(now: Clock): number {
  let smallest = Number.POSITIVE_INFINITY;
  for (let seen = 0; seen < STEPS_SEEN; seen++) {
    const step = nextStep(now);
    if (step === 0) return 0;
    smallest = Math.min(smallest, step);
    if (seen === 0 && step < FINE_STEP_MS) break;
  }
  return smallest;
}

/**
 * Milliseconds of one run of some work: the shortest of a few rounds, after a warm-up. Always finite and positive, but
 * 0 on a clock that stands still.
 * @param work runs the work so many times and waits for the last; 0 times: only for the device to answer
 * @param stepMs the clock's `clockStepMs`
 */
export async function millisecondsPerRun(
  work: (repeats: number) => Promise<void>,
  now: Clock,
  stepMs: number,
): Promise<number> {
  if (!(stepMs > 0)) return 0;
  const span = async (repeats: number): Promise<number> => {
    if (stepMs >= FINE_STEP_MS) nextStep(now);
    const startMs = now();
    await work(repeats);
    return now() - startMs;
  };
  await work(1);
  const wantedMs = Math.max(SHORTEST_SPAN_MS, SPAN_STEPS * stepMs, SPAN_ANSWERS * (await span(0)));
  let repeats = 1;
  let shortest = await span(repeats);
  while (shortest < wantedMs && repeats < MOST_REPEATS) {
    const growth = shortest > 0 ? (1.2 * wantedMs) / shortest : LARGEST_GROWTH;
    repeats = Math.ceil(repeats * Math.min(LARGEST_GROWTH, Math.max(1.5, growth)));
    shortest = await span(repeats);
  }
  // A coarse clock's rounds differ by its rounding, not by what disturbs the device.
  const rounds = stepMs < FINE_STEP_MS ? ROUNDS : 1;
  let spentMs = 0;
  for (let round = 1; round < rounds && spentMs < ROUNDS_MS; round++) {
    const ms = await span(repeats);
    spentMs += ms;
    // A clock that is put back gives no time at all.
    if (ms > 0) shortest = Math.min(shortest, ms);
  }
  return Math.max(shortest, stepMs / 2) / repeats;
}
