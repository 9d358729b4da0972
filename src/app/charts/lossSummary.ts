// One sentence that says what the loss chart shows, for people who do not see it.
import type { EvaluationPoint } from '../../protocol/messages.ts';
import type { TrainingLossName } from '../trainingLoss.ts';
import { counted, readableLoss } from './readableNumber.ts';

export interface LossSummaryInput {
  /** What the training loss is called; 'loss' unless told. */
  readonly name?: TrainingLossName;
  readonly steps: readonly number[];
  /** Smoothed training loss in nats per token, row by row with `steps`. */
  readonly smoothed: ArrayLike<number>;
  readonly evaluations: readonly EvaluationPoint[];
  /** Baselines in nats per token, where the text is known. */
  readonly uniformLoss?: number | undefined;
  readonly unigramLoss?: number | undefined;
}

/** "Training loss fell from 6.9 to 2.3 in 420 steps; validation 2.4. …", in nats per token. */
export function lossSummary({
  name = 'loss',
  steps,
  smoothed,
  evaluations,
  uniformLoss,
  unigramLoss,
}: LossSummaryInput): string {
  const baselines =
    uniformLoss === undefined || unigramLoss === undefined
      ? ''
      : ` Random guess ${readableLoss(uniformLoss)}, token frequency ${readableLoss(unigramLoss)}, in nats per token.`;
  const first = smoothed[0];
  const last = smoothed[smoothed.length - 1];
  if (first === undefined || last === undefined || steps.length === 0) {
    return `Loss chart, empty: no training step has been taken.${baselines}`;
  }
  const span = (steps.at(-1) ?? 0) - (steps[0] ?? 0) + 1;
  const change = !Number.isFinite(last) ? 'became NaN after' : last < first ? 'fell from' : 'rose from';
  const path = Number.isFinite(last)
    ? `${change} ${readableLoss(first)} to ${readableLoss(last)} in ${counted(span, 'step')}`
    : `${change} ${counted(span, 'step')}`;
  const validation = evaluations.at(-1);
  const measured =
    validation === undefined
      ? ''
      : `; validation ${name === 'loss' ? '' : 'loss '}${readableLoss(validation.validationLoss)}`;
  return `Training ${name} ${path}${measured}.${baselines}`;
}
