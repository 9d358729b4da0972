// Every text of the Performance panel: what a measured step ran on, what it cost, and what the figures mean.
import type { Precision } from '../../protocol/messages.ts';

export const ENGINE_COPY = {
  title: 'Performance',
  about: 'where the time goes',
  starting: 'The device is starting.',
  eager: (backend: string) =>
    `${backend} runs the operations of a step one by one, so there is no plan to show. WebGPU runs the whole step as one plan of fused kernels.`,
  measure: 'Measure a step',
  measureAgain: 'Measure again',
  measuring: 'Measuring…',
  hint: 'Pauses training briefly. Your run is not changed.',
  noRun: 'There is no run to measure yet.',
  spokenMeasuring: 'Measuring a step',
  spokenMeasured: 'The step has been measured',
  empty:
    'A training step runs here as one plan: kernels that each do several operations, sent to the GPU all at once. Measure a step to see how long each kernel takes.',
  measuredAt: (step: string, run: string) => `Measured at step ${step} of ${run}.`,
  /** Why figures shown no longer describe the open run on the present device. */
  stale: { run: 'From a different run.', device: 'From before the device was restarted.' },
  batches: (batches: number) =>
    `The times are for one batch and the update. A step of this run takes ${batches} batches.`,
  batchesOnRamp: (most: number, next: number) =>
    `The times are for one batch and the update. A step of this run takes up to ${most} batches; the next one takes ${next}.`,
} as const;

export const PRECISION_COPY = {
  label: 'Store activations in half precision (f16)',
  meaning:
    'Halves the memory and bandwidth that activations take, and rounds each to about three digits. Weights and sums stay in single precision. The device restarts, and the run moves with it.',
  eager: (backend: string) => `Not available on ${backend}. WebGPU has it on most devices.`,
  lacking: 'Not available: this device lacks shader-f16.',
} as const;

export const DEVICE_COPY = {
  adapter: 'Adapter',
  noAdapter: 'not reported by the browser',
  features: 'Features in use',
  noFeatures: 'none beyond the standard',
  activations: 'Activations',
} as const;

export const FEATURES: Readonly<Record<string, string>> = {
  'shader-f16': 'half-precision numbers',
  subgroups: 'fast sums across threads',
  'timestamp-query': 'timing of single kernels',
};

export const PRECISION_NAMES: Record<Precision, string> = {
  f32: 'single precision (f32, 4 bytes each)',
  f16: 'half precision (f16, 2 bytes each)',
};

export const KERNELS_COPY = {
  summary: (count: number) => `Chosen kernels (${count})`,
  note: 'Each kernel has several variants. The fastest is found by timing a few on this device, once for each class of shapes, and remembered.',
  table: 'Table of chosen kernels',
  caption: 'Chosen kernels',
  kernel: 'Kernel and shapes',
  chosen: 'Chosen',
  measured: 'Measured, ms',
  rejected: 'Rejected',
  rejectedHelp: 'Variants that gave wrong numbers or did not start.',
  remembered: 'Remembered from a previous visit',
  none: 'none',
} as const;

export const MEMORY_COPY = { title: (bytes: string) => `Training memory: ${bytes}` } as const;

export const PLAN_COPY = {
  title: 'The plan',
  inOrder: 'In order of execution',
  copy: 'Copy as CSV',
  copyHelp: 'Copies the table as comma-separated values.',
  table: 'Table of the plan',
  kernel: 'Kernel',
  kernelHelp: 'The kernel, the elementwise operations fused into it, and its chosen variant.',
  shape: 'Shape',
  shapeHelp: 'Rows × columns of its result.',
  place: 'No.',
  placeHelp: 'Position in the plan.',
  count: 'Count',
  countHelp: 'How many of a step’s dispatches are like this one.',
  time: 'ms',
  timeHelp: 'Milliseconds on the GPU, for the whole row.',
  rate: 'GFLOP/s',
  rateHelp: 'Billions of floating-point operations per second. None for kernels that only move memory.',
  work: 'Work',
  workHelp: 'Share of the step’s floating-point operations.',
  share: 'Share',
  shareHelp: 'Share of the time of all kernels.',
  untimed:
    '–: this device has no timestamp queries, so single kernels can’t be timed. Work is the share of the step’s floating-point operations.',
  timed:
    'Times are measured by the GPU. Browsers may round them to 0.1 ms, so a short kernel reads 0 or 0.1. The time per step also includes gaps between kernels.',
  asTheyRun: (dispatches: string) => `${dispatches} in order of execution`,
  mostWork: 'Most work first',
  longest: 'Longest first',
  total: (what: string, milliseconds: string) => `${what}; ${milliseconds} ms in total`,
} as const;

export const FIGURE_COPY = {
  step: { name: 'One step', meaning: 'Wall-clock time, averaged over several steps.' },
  tokens: {
    name: 'Tokens/s',
    meaning: (tokens: string) => `${tokens} tokens per step, without saving and evaluation.`,
  },
  arithmetic: {
    name: 'Arithmetic',
    meaning: (flops: string) => `${flops} per step.`,
    ofBest: (flops: string, share: string, best: string) =>
      `${flops} per step: ${share} of the ${best}/s that this device’s best matrix product reaches.`,
  },
  encoding: { name: 'Encoding', meaning: 'CPU time to record a step’s commands and submit them.' },
  dispatches: { name: 'Dispatches', meaning: 'Kernels that the GPU runs in a step, one after another.' },
  memory: {
    name: 'Planned memory',
    meaning: 'Activations and temporaries.',
    saved: (bytes: string, share: string) =>
      `Activations and temporaries. Without sharing memory it would be ${bytes}: ${share} saved.`,
  },
} as const;
