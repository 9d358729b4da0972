// Zooming and panning of the charts' common step axis, as arithmetic on ranges.
import type { StepRange } from './lossSeries.ts';

const LEAST_STEPS = 4;

/** Narrows (factor < 1) or widens the range around `centre`. @returns undefined when everything is in sight again. */
export function zoomed(range: StepRange, factor: number, centre: number, whole: StepRange): StepRange | undefined {
  const span = Math.max(LEAST_STEPS, (range.max - range.min) * factor);
  const share = (centre - range.min) / (range.max - range.min);
  return withinWhole(centre - share * span, span, whole);
}

/** Moves the range by a share of its width (negative: towards the start). */
export function panned(range: StepRange, share: number, whole: StepRange): StepRange | undefined {
  const span = range.max - range.min;
  return withinWhole(range.min + share * span, span, whole);
}

/** A range drawn with the pointer: put in order and kept wide enough to read. */
export function selected(from: number, to: number, whole: StepRange): StepRange | undefined {
  const span = Math.max(LEAST_STEPS, Math.abs(to - from));
  return withinWhole((from + to) / 2 - span / 2, span, whole);
}

function withinWhole(min: number, span: number, whole: StepRange): StepRange | undefined {
  if (span >= whole.max - whole.min) return undefined;
  const start = Math.min(Math.max(min, whole.min), whole.max - span);
  return { min: start, max: start + span };
}
