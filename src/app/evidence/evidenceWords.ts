// What a check found, in words and figures: for the tables on screen and the text that is copied alike.
import type { CheckedGroup, EvidenceReport, ParityFigure } from '../../protocol/messages.ts';
import { counted, readableSmall } from '../charts/readableNumber.ts';
import { formatCount } from '../formatNumber.ts';
import { BACKEND_LABELS } from '../../config/backendLabels.ts';
import { AGAINST, CIRCUMSTANCES, PATHS, QUANTITIES, VERDICTS } from './evidenceCopy.ts';

export const pathName = ({ path }: ParityFigure): string => PATHS[path];
export const againstName = ({ against }: ParityFigure): string => AGAINST[against];
export const quantityName = ({ quantity }: ParityFigure): string => QUANTITIES[quantity];

/** Deviations and gradients with three digits. NaN and infinity say so. */
export const readableFigure = (value: number): string =>
  Number.isFinite(value) ? readableSmall(value) : VERDICTS.notANumber;

export type VerdictKind = 'passed' | 'failed' | 'information';

/** 'information': of a figure that nothing depends on. */
export function verdictOf({
  passed,
  tolerance,
}: {
  readonly passed: boolean;
  readonly tolerance: number | null;
}): VerdictKind {
  if (!passed) return 'failed';
  return tolerance === null ? 'information' : 'passed';
}

export const shapeOf = (shape: readonly number[]): string => shape.join(' × ');

/** Where an entry is in its group: its place in a vector, row and column in a matrix; from 0. */
export function placeOf({ shape, worst }: Pick<CheckedGroup, 'shape' | 'worst'>): string {
  const columns = shape.at(-1) ?? 1;
  if (shape.length < 2) return String(worst.index);
  return `${Math.floor(worst.index / columns)}, ${worst.index % columns}`;
}

/** One sentence: whether everything agrees, and if not, how much does not. */
export function verdictSentence({ groups, parity }: Pick<EvidenceReport, 'groups' | 'parity'>): string {
  const failedGroups = groups.filter(({ passed }) => !passed).length;
  const judged = parity.filter(({ tolerance, passed }) => tolerance !== null || !passed);
  const failedFigures = judged.filter(({ passed }) => !passed).length;
  const [groupCount, comparisons] = [counted(groups.length, 'group'), counted(judged.length, 'comparison')];
  if (failedGroups + failedFigures === 0) return VERDICTS.allAgree(groupCount, comparisons);
  const failures = [
    failedGroups > 0 && VERDICTS.failedGroups(failedGroups, groupCount),
    failedFigures > 0 && VERDICTS.failedComparisons(failedFigures, comparisons),
  ].filter((part) => part !== false);
  return VERDICTS.notAllAgree(failures.join(VERDICTS.and));
}

/** What was checked on what, each as name and words. */
export function circumstances(report: EvidenceReport): readonly (readonly [string, string])[] {
  const { model, objective, changes, vocabSize, parameterCount, batchSize, length, precision } = report;
  const extras = [
    objective.zLoss > 0 && `z-loss ${objective.zLoss}`,
    objective.labelSmoothing > 0 && `label smoothing ${objective.labelSmoothing}`,
  ].filter((part) => part !== false);
  const how = report.engine === 'plan' ? CIRCUMSTANCES.plan : CIRCUMSTANCES.eager;
  const adapter = report.adapter === '' ? CIRCUMSTANCES.adapterUnknown : report.adapter;
  return [
    [CIRCUMSTANCES.device, `${BACKEND_LABELS[report.backend]} · ${adapter} · ${how}`],
    [CIRCUMSTANCES.activations, precision === 'f16' ? CIRCUMSTANCES.f16 : CIRCUMSTANCES.f32],
    [
      CIRCUMSTANCES.model,
      `${model.nLayer} × ${model.nEmbd}, ${model.nHead} heads, context ${model.contextLength}, vocabulary ${formatCount(vocabSize)}: ${formatCount(parameterCount)} parameters`,
    ],
    [CIRCUMSTANCES.switches, switchesOf(report)],
    [CIRCUMSTANCES.objective, [CIRCUMSTANCES.crossEntropy, ...extras].join(', ')],
    [CIRCUMSTANCES.batch, CIRCUMSTANCES.batchWords(batchSize, length)],
    [CIRCUMSTANCES.changes, changes.length === 0 ? CIRCUMSTANCES.unchanged : changes.join(', ')],
  ];
}

function switchesOf({ model }: EvidenceReport): string {
  const { nKeyValueHead, band, causal, positions, norm, normPlacement, activation, tiedOutput, biases, prediction } =
    model;
  return [
    `${positions} positions`,
    `${normPlacement}-${norm} norm`,
    activation,
    causal ? 'causal mask' : 'no mask',
    nKeyValueHead > 0 && `${nKeyValueHead} key/value heads`,
    band > 0 && `local attention window ${band}`,
    tiedOutput ? 'tied output' : 'untied output',
    !biases && 'no biases',
    prediction !== 'every' && `predicts ${prediction === 'last' ? 'at the last position' : 'from the mean'}`,
  ]
    .filter((part) => part !== false)
    .join(', ');
}
