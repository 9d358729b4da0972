// The headline figures of a measured step, worked out of the engine's report.
import type { EngineReport } from '../../protocol/messages.ts';

export interface StepFigures {
  readonly tokensPerSecond: number | null;
  readonly gigaflopsPerSecond: number | null;
  /** Of the best rate of matrix products that the device has shown; 0 … 1. */
  readonly shareOfBest: number | null;
  /** Share of the memory that need not be there because values take turns in it; 0 … 1. */
  readonly savedMemory: number | null;
}

export function stepFigures(report: EngineReport): StepFigures {
  const { stepMilliseconds, stepFlops, tokensPerStep, gemmGigaflops, plannedBytes, uncolouredBytes } = report;
  const timed = stepMilliseconds > 0;
  const gigaflopsPerSecond = timed ? stepFlops / stepMilliseconds / 1e6 : null;
  return {
    tokensPerSecond: timed ? (1000 * tokensPerStep) / stepMilliseconds : null,
    gigaflopsPerSecond,
    shareOfBest: gigaflopsPerSecond !== null && gemmGigaflops > 0 ? gigaflopsPerSecond / gemmGigaflops : null,
    savedMemory: uncolouredBytes > 0 ? 1 - plannedBytes / uncolouredBytes : null,
  };
}
