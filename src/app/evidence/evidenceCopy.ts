// Every text of the Evidence panel and of the report that it copies: what is claimed, how it is checked, what was found.
import type { ParityFigure } from '../../protocol/messages.ts';

export const EVIDENCE_COPY = {
  title: 'Evidence',
  about: 'why the numbers can be trusted',
  check: 'Check now on this device',
  checkAgain: 'Check again',
  stop: 'Stop the check',
  hint: 'Takes a few seconds. It checks a small model with the switches of your run. Your run is not changed.',
  noRun: 'There is no run yet whose switches could be checked.',
  progress: 'Progress of the check',
  progressText: (what: string, percent: string) => `${what} · ${percent}`,
  spokenBusy: 'Checking',
  stale: { run: 'From a different run.', device: 'From before the device was restarted.' },
  checkedFor: (run: string) => `Checked for ${run}.`,
  copy: 'Copy as text',
  copyHelp: 'Copies the whole report as plain text.',
} as const;

export const CLAIMS = [
  {
    claim: 'The training gradient is the derivative of the loss.',
    check:
      'Some parameters of every group are nudged up and down, and the loss is recomputed in double precision. The slope must match the gradient from this device to 0.1%.',
  },
  {
    claim: 'The fast code matches the reference model.',
    check:
      'Loss, logits and every entry of the gradient are compared with a reference model in plain double-precision loops, which shares no code with the kernels.',
  },
  {
    claim: 'Half precision only rounds.',
    check: 'Where this device has half precision, the same numbers with f16 activations are compared with both.',
  },
  {
    claim: 'The reference itself is correct.',
    check: 'Its gradient, by reverse-mode differentiation, must match its own finite differences.',
  },
] as const;

export const GRADIENT_COPY = {
  title: 'The gradient against finite differences',
  table: 'Table of gradients',
  caption: (worst: string, tolerance: string) => `Largest error ${worst}; at most ${tolerance} passes`,
  columns: [
    { name: 'Group', help: 'A group of parameters, and its shape.' },
    {
      name: 'Max. rel. error',
      help: 'The difference divided by the larger of the two values. Values below 1% of the group’s largest count as 1% of it.',
    },
    { name: 'Verdict', help: undefined },
    { name: 'At', help: 'Where the error is largest: the index, or row and column, from 0.' },
    { name: 'Gradient', help: 'What the device computed there.' },
    { name: 'Difference', help: 'The slope of the loss there, in double precision.' },
    { name: 'Checked', help: 'Entries that were checked. The smallest and the largest gradient are among them.' },
  ],
  checked: (checked: string, elements: string) => `${checked} of ${elements}`,
} as const;

export const PARITY_COPY = {
  title: 'The same numbers computed in two ways',
  table: 'Table of comparisons',
  columns: [
    { name: 'Numbers', help: 'What was computed, how, and what it is compared with.' },
    {
      name: 'Deviation',
      help: 'The largest difference divided by the largest value. For a gradient, within each group.',
    },
    { name: 'Verdict', help: undefined },
    { name: 'At most', help: 'The largest deviation that passes.' },
    { name: 'Count', help: 'How many numbers were compared.' },
  ],
  comparison: (path: string, against: string) => `${path} against ${against}`,
  note: 'A deviation is the largest difference divided by the largest value. For gradients it is taken within each group of parameters.',
} as const;

export const PATHS: Readonly<Record<ParityFigure['path'], string>> = {
  plan: 'plan, f32',
  'plan-f16': 'plan, f16',
  eager: 'operations one by one',
  float64: 'float64 reverse mode',
};
export const AGAINST: Readonly<Record<ParityFigure['against'], string>> = {
  float64: 'float64',
  plan: 'plan, f32',
  differences: 'its own differences',
};
export const QUANTITIES: Readonly<Record<ParityFigure['quantity'], string>> = {
  loss: 'Training loss',
  logits: 'Logits',
  gradient: 'Gradient',
};

export const VERDICTS = {
  passed: 'passed',
  failed: 'failed',
  /** Of a figure that nothing depends on. */
  information: 'for information',
  notANumber: 'not a number',
  allAgree: (groups: string, comparisons: string) => `Everything agrees: ${groups} of parameters and ${comparisons}.`,
  notAllAgree: (failures: string) => `Not everything agrees: ${failures} failed.`,
  failedGroups: (failed: number, groups: string) => `the gradient of ${failed} of ${groups} of parameters`,
  failedComparisons: (failed: number, comparisons: string) => `${failed} of ${comparisons}`,
  and: ' and ',
} as const;

export const CIRCUMSTANCES = {
  device: 'Device',
  adapterUnknown: 'adapter not reported',
  plan: 'one plan of fused kernels',
  eager: 'operations one by one',
  activations: 'Activations',
  f16: 'half precision (f16) in the run; checked in f32 and f16',
  f32: 'single precision (f32)',
  model: 'Model',
  switches: 'Switches',
  objective: 'Objective',
  crossEntropy: 'cross-entropy',
  batch: 'Batch',
  batchWords: (windows: number, length: number) =>
    `${windows} windows of ${length} random tokens; random parameters, larger than initial values`,
  changes: 'Differences from the run',
  unchanged: 'none: the run’s own sizes',
} as const;

export const REPORT_COPY = {
  title: (date: string, seconds: string) => `Glassbox evidence, ${date}, ${seconds} s`,
  gradients: (tolerance: number) =>
    `Gradient against central differences in float64 (relative error at most ${tolerance}):`,
  gradientColumns: ['group', 'shape', 'checked', 'max. rel. error', 'at', 'gradient', 'difference', 'verdict'],
  parity: 'The same numbers computed in two ways (largest difference divided by the largest value):',
  parityColumns: ['numbers', 'computed', 'against', 'count', 'deviation', 'at most', 'verdict'],
} as const;
