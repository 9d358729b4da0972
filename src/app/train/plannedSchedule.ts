// A run's schedule as it is planned: points to draw, and the same in a sentence.
import type { RunConfig, TrainingConfig } from '../../config/runConfig.ts';
import { runTokens } from '../../config/runTokens.ts';
import { batchesAt, learningRateAt, tokensAt } from '../../config/schedule.ts';
import { readableCompact } from '../charts/readableNumber.ts';
import { formatCount } from '../formatNumber.ts';
import { SCHEDULE_COPY } from './trainCopy.ts';

export interface SchedulePoint {
  /** From 1. */
  readonly step: number;
  /** Read when the step is done. */
  readonly tokens: number;
  readonly learningRate: number;
  readonly tokensPerStep: number;
}

type Planned = Pick<RunConfig, 'model' | 'training'>;

function pointAt(step: number, { model: { contextLength }, training }: Planned): SchedulePoint {
  return {
    step,
    tokens: tokensAt(step + 1, training, contextLength),
    learningRate: learningRateAt(step, training, contextLength),
    tokensPerStep: batchesAt(step, training, contextLength) * training.batchSize * contextLength,
  };
}

/** Points evenly spread over the steps, the first and the last among them, and the end of the warm-up. */
export function schedulePoints(config: Planned, count: number): SchedulePoint[] {
  const { steps, warmupTokens } = config.training;
  const chosen = new Set(
    steps <= count
      ? Array.from({ length: steps }, (_, at) => at + 1)
      : Array.from({ length: count }, (_, at) => 1 + Math.round((at * (steps - 1)) / (count - 1))),
  );
  if (warmupTokens > 0) chosen.add(stepReaching(warmupTokens, config));
  return [...chosen].sort((a, b) => a - b).map((step) => pointAt(step, config));
}

/** The first step that something holds of and of all after it; the last step where it holds of none. */
function firstStep(steps: number, holds: (step: number) => boolean): number {
  let [low, high] = [1, steps];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The step that reads the last of so many tokens. */
const stepReaching = (tokens: number, { model, training }: Planned): number =>
  firstStep(training.steps, (step) => tokensAt(step + 1, training, model.contextLength) >= tokens);

export const isRamped = ({ rampTokens, accumulation }: TrainingConfig): boolean => rampTokens > 0 && accumulation > 1;

/** The schedule in words: warm-up, decay, end, and how the batches grow. */
export function scheduleSummary(config: Planned): string {
  const { training } = config;
  const total = runTokens(config);
  const at = (step: number): string =>
    SCHEDULE_COPY.at(formatCount(step), readableCompact(tokensAt(step + 1, training, config.model.contextLength)));
  const ramp = isRamped(training) ? ` ${rampSentence(config, at)}` : '';
  if (training.warmupTokens > total) {
    const reached = pointAt(training.steps, config).learningRate;
    return `${SCHEDULE_COPY.risesToTheEnd(rate(reached), at(training.steps))}${ramp}`;
  }
  const peak = rate(training.learningRate);
  const rise =
    training.warmupTokens === 0
      ? SCHEDULE_COPY.starts(peak)
      : SCHEDULE_COPY.rises(peak, at(stepReaching(training.warmupTokens, config)));
  return `${rise}, ${decayWords(config, at)}.${ramp}`;
}

function decayWords(config: Planned, at: (step: number) => string): string {
  const { training } = config;
  const last = pointAt(training.steps, config);
  const to = rate(last.learningRate);
  const end = training.decayTokens > 0 ? stepReaching(training.decayTokens, config) : training.steps;
  const by = end < training.steps ? SCHEDULE_COPY.byThenStays(at(end), at(training.steps)) : SCHEDULE_COPY.by(at(end));
  const when = `${by}${training.decayTokens > last.tokens ? SCHEDULE_COPY.cutOff : ''}`;
  switch (training.schedule) {
    case 'cosine':
    case 'linear':
      return SCHEDULE_COPY.decays(SCHEDULE_COPY[training.schedule], to, when);
    case 'warmup-stable-decay':
      return SCHEDULE_COPY.staysThenDecays(at(lastStepAtPeak(config)), to, when);
    case 'constant':
      return SCHEDULE_COPY.stays(at(training.steps));
    default:
      return training.schedule satisfies never;
  }
}

function lastStepAtPeak(config: Planned): number {
  const { learningRate, steps, warmupTokens } = config.training;
  const warm = warmupTokens === 0 ? 1 : stepReaching(warmupTokens, config);
  const falls = (step: number): boolean =>
    step > warm && pointAt(step, config).learningRate < learningRate * (1 - 1e-9);
  const first = firstStep(steps, falls);
  return falls(first) ? Math.max(1, first - 1) : steps;
}

function rampSentence(config: Planned, at: (step: number) => string): string {
  const { steps } = config.training;
  const first = pointAt(1, config).tokensPerStep;
  const last = pointAt(steps, config).tokensPerStep;
  if (first === last) return SCHEDULE_COPY.rampTooLong(formatCount(first));
  const reached = firstStep(steps, (step) => pointAt(step, config).tokensPerStep >= last);
  return SCHEDULE_COPY.ramp(formatCount(first), formatCount(last), at(reached));
}

/** Three digits, without the dust that arithmetic leaves. */
const rate = (value: number): string => String(Number(value.toPrecision(3)));
