// What a check found, in words and figures: for the tables on screen and the text that is copied alike.
import type { CheckedGroup, EvidenceReport, ParityFigure } from '../../protocol/messages.ts';
import { counted, readableSmall } from '../charts/readableNumber.ts';
import { formatCount } from '../formatNumber.ts';
import { BACKEND_LABELS } from '../../config/backendLabels.ts';

const PATHS: Readonly<Record<ParityFigure['path'], string>> = {
  plan: 'plan, f32',
  'plan-f16': 'plan, f16',
  eager: 'operations one by one',
  float64: 'float64 in reverse',
};
const AGAINST: Readonly<Record<ParityFigure['against'], string>> = {
  float64: 'float64',
  plan: 'plan, f32',
  differences: 'its own differences',
};
const QUANTITIES: Readonly<Record<ParityFigure['quantity'], string>> = {
  loss: 'Training loss',
  logits: 'Logits',
  gradient: 'Gradient',
};

export const pathName = ({ path }: ParityFigure): string => PATHS[path];
export const againstName = ({ against }: ParityFigure): string => AGAINST[against];
export const quantityName = ({ quantity }: ParityFigure): string => QUANTITIES[quantity];

/** Deviations, gradients: three digits; what is no number says so. */
export const readableFigure = (value: number): string =>
  Number.isFinite(value) ? readableSmall(value) : 'not a number';

/** 'passed' and 'failed', or what a figure is that nothing depends on. */
export function verdictOf({
  passed,
  tolerance,
}: {
  readonly passed: boolean;
  readonly tolerance: number | null;
}): string {
  if (!passed) return 'failed';
  return tolerance === null ? 'for information' : 'passed';
}

export const shapeOf = (shape: readonly number[]): string => shape.join(' × ');

/** Where an entry is in its group: its place in a vector, row and column in a matrix; from 0. */
export function placeOf({ shape, worst }: Pick<CheckedGroup, 'shape' | 'worst'>): string {
  const columns = shape.at(-1) ?? 1;
  if (shape.length < 2) return String(worst.index);
  return `${Math.floor(worst.index / columns)}, ${worst.index % columns}`;
}

/** One sentence: whether everything is as it must be, and if not, how much is not. */
export function verdictSentence({ groups, parity }: Pick<EvidenceReport, 'groups' | 'parity'>): string {
  const failedGroups = groups.filter(({ passed }) => !passed).length;
  const judged = parity.filter(({ tolerance, passed }) => tolerance !== null || !passed);
  const failedFigures = judged.filter(({ passed }) => !passed).length;
  if (failedGroups + failedFigures === 0) {
    return `Everything agrees: ${counted(groups.length, 'group')} of parameters and ${counted(judged.length, 'comparison')}.`;
  }
  const parts = [
    failedGroups > 0 && `the gradient of ${failedGroups} of ${counted(groups.length, 'group')} of parameters`,
    failedFigures > 0 && `${failedFigures} of ${counted(judged.length, 'comparison')}`,
  ].filter((part) => part !== false);
  return `Not everything agrees: ${parts.join(' and ')} failed.`;
}

/** What was checked on what, each as name and words. */
export function circumstances(report: EvidenceReport): readonly (readonly [string, string])[] {
  const { model, objective, changes, vocabSize, parameterCount, batchSize, length, precision } = report;
  const extras = [
    objective.zLoss > 0 && `z-loss ${objective.zLoss}`,
    objective.labelSmoothing > 0 && `label smoothing ${objective.labelSmoothing}`,
  ].filter((part) => part !== false);
  const how = report.engine === 'plan' ? 'a plan of fused kernels' : 'operations one by one';
  return [
    [
      'Device',
      `${BACKEND_LABELS[report.backend]} · ${report.adapter === '' ? 'adapter not told' : report.adapter} · ${how}`,
    ],
    [
      'Activations',
      precision === 'f16' ? 'half precision (f16) in the run; checked in f32 and f16' : 'single precision (f32)',
    ],
    [
      'Model',
      `${model.nLayer} × ${model.nEmbd}, ${model.nHead} heads, context ${model.contextLength}, vocabulary ${formatCount(vocabSize)}: ${formatCount(parameterCount)} parameters`,
    ],
    ['Switches', switchesOf(report)],
    ['Objective', extras.length === 0 ? 'cross-entropy' : `cross-entropy, ${extras.join(', ')}`],
    ['Batch', `${batchSize} windows of ${length} random tokens; random parameters far from first values`],
    ['Beside the run', changes.length === 0 ? 'the run’s own sizes' : changes.join(', ')],
  ];
}

function switchesOf({ model }: EvidenceReport): string {
  const { nKeyValueHead, band, causal, positions, norm, normPlacement, activation, tiedOutput, biases, prediction } =
    model;
  return [
    `${positions} positions`,
    `${normPlacement}-${norm} norm`,
    activation,
    causal ? 'causal' : 'looking both ways',
    nKeyValueHead > 0 && `${nKeyValueHead} key/value heads`,
    band > 0 && `band ${band}`,
    tiedOutput ? 'tied output' : 'output of its own',
    !biases && 'no biases',
    prediction !== 'every' && `prediction ${prediction}`,
  ]
    .filter((part) => part !== false)
    .join(', ');
}
