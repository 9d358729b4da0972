// Timing on clocks as browsers give them: fine, rounded to 1, 16.7 or 100 ms, standing still; and on devices that take
// long to answer. The time is made up, so that what is measured is known.
import { describe, expect, it } from 'vitest';
import { clockStepMs, millisecondsPerRun } from './timing.ts';

/** A device whose runs take `runMs`, seen through a clock that is rounded down to `stepMs`. */
function device({ runMs, stepMs, answerMs = 0 }: { runMs: number; stepMs: number; answerMs?: number }) {
  // Not at an edge of the clock's.
  let trueMs = 1234.567;
  let spentMs = 0;
  return {
    now: (): number => {
      trueMs += Math.min(1e-2, stepMs / 10);
      return Math.floor(trueMs / stepMs) * stepMs;
    },
    work: async (repeats: number): Promise<void> => {
      trueMs += answerMs + repeats * runMs;
      spentMs += answerMs + repeats * runMs;
    },
    spentMs: () => spentMs,
  };
}

describe('clockStepMs', () => {
  it.each([0.005, 0.1, 1, 16.67, 100])('finds a step of %d ms', (stepMs) => {
    expect(clockStepMs(device({ runMs: 1, stepMs }).now)).toBeCloseTo(stepMs, 2);
  });

  it('is 0 for a clock that stands still', () => {
    expect(clockStepMs(() => 5)).toBe(0);
  });
});

describe('millisecondsPerRun', () => {
  const clocks = [0.005, 0.1, 1, 16.67, 100];
  const runs = [0.002, 0.06, 0.7, 3, 40, 99.99, 100.01, 250];
  const cases = clocks.flatMap((stepMs) => runs.map((runMs) => ({ stepMs, runMs })));

  it.each(cases)('is right to a third on a clock of $stepMs ms for runs of $runMs ms', async ({ stepMs, runMs }) => {
    const { now, work } = device({ runMs, stepMs });
    const measured = await millisecondsPerRun(work, now, clockStepMs(now));
    expect(measured / runMs).toBeGreaterThan(0.67);
    expect(measured / runMs).toBeLessThan(1.34);
  });

  it.each([0.1, 100])('does not take a late answer for the work, on a clock of %d ms', async (stepMs) => {
    const { now, work } = device({ runMs: 0.5, stepMs, answerMs: 100 });
    const measured = await millisecondsPerRun(work, now, clockStepMs(now));
    expect(measured / 0.5).toBeGreaterThan(0.67);
    expect(measured / 0.5).toBeLessThan(1.34);
  });

  it('keeps what it costs within bounds', async () => {
    const coarse = device({ runMs: 0.01, stepMs: 100 });
    await millisecondsPerRun(coarse.work, coarse.now, 100);
    expect(coarse.spentMs()).toBeLessThan(1200);
    const slow = device({ runMs: 900, stepMs: 0.1 });
    await millisecondsPerRun(slow.work, slow.now, 0.1);
    expect(slow.spentMs()).toBeLessThanOrEqual(3 * 900);
  });

  it('takes the shortest round, so that what disturbs one does not count', async () => {
    const { now, work } = device({ runMs: 1, stepMs: 0.1 });
    let calls = 0;
    const disturbed = async (repeats: number): Promise<void> => work(calls++ % 3 === 0 ? 3 * repeats : repeats);
    expect(await millisecondsPerRun(disturbed, now, 0.1)).toBeLessThan(1.1);
  });

  it('knows nothing on a clock that stands still, and ends', async () => {
    expect(
      await millisecondsPerRun(
        async () => {},
        () => 5,
        clockStepMs(() => 5),
      ),
    ).toBe(0);
  });

  it('stays finite where the work takes no time at all', async () => {
    const { now, work } = device({ runMs: 0, stepMs: 100 });
    const measured = await millisecondsPerRun(work, now, 100);
    expect(measured > 0 && Number.isFinite(measured)).toBe(true);
  });
});
