// How the open run's training step runs: the plan's dispatches with their times, memory and chosen kernels, measured now.
import type { EngineReport } from '../protocol/messages.ts';
import { PlannedTrainer } from '../training/plannedTrainer.ts';
import type { Trainer } from '../training/trainer.ts';
import type { ChosenDevice } from './deviceChooser.ts';

const SHOWN_FEATURES = ['shader-f16', 'subgroups', 'timestamp-query'] as const;

/** Runs alone on the device. */
export async function engineReport(
  trainer: Trainer | undefined,
  { opened, report }: ChosenDevice,
): Promise<EngineReport> {
  const { plans } = opened;
  const described = {
    adapter: opened.detail,
    precision: report.precision,
    features: SHOWN_FEATURES.filter((feature) => plans?.device.features.has(feature)),
    gemmGigaflops: report.gigaflopsPerSecond,
  };
  if (plans === undefined || !(trainer instanceof PlannedTrainer)) {
    const problem =
      plans === undefined
        ? 'This backend runs operations one by one, so there is no plan to show. WebGPU has one.'
        : 'There is no run yet whose step could be shown.';
    return { ...EMPTY, ...described, problem };
  }
  const profile = await trainer.profile(() => performance.now());
  const { memory } = trainer;
  return {
    ...described,
    problem: null,
    dispatches: profile.dispatches,
    stepFlops: profile.dispatches.reduce((sum, { flops }) => sum + flops, 0),
    stepMilliseconds: profile.stepMilliseconds,
    encodeMilliseconds: profile.encodeMilliseconds,
    tokensPerStep: profile.tokensPerStep,
    memory: MEMORY_NAMES.map(([key, name]) => ({ name, bytes: memory[key] })),
    plannedBytes: trainer.plans.reduce((sum, plan) => sum + plan.memory.plannedBytes, 0),
    uncolouredBytes: trainer.plans.reduce((sum, plan) => sum + plan.memory.uncolouredBytes, 0),
    tuned: plans.tuner.choices.map(({ key, variant, measuredMs, rejected }) => ({
      kernel: key,
      variant,
      measured: Object.entries(measuredMs)
        .map(([name, milliseconds]) => ({ variant: name, milliseconds }))
        .toSorted((a, b) => a.milliseconds - b.milliseconds),
      rejected,
    })),
  };
}

const MEMORY_NAMES = [
  ['parameters', 'Parameters'],
  ['gradients', 'Gradients'],
  ['optimizer', 'Optimizer state'],
  ['activations', 'Activations and temporaries'],
  ['other', 'Step data and log'],
] as const;

const EMPTY = {
  dispatches: [],
  stepFlops: 0,
  stepMilliseconds: 0,
  encodeMilliseconds: 0,
  tokensPerStep: 0,
  memory: [],
  plannedBytes: 0,
  uncolouredBytes: 0,
  tuned: [],
} as const;
