// What the loss of a training step is called and how it is explained: cross-entropy alone, or an objective that adds to it.
import type { TrainingConfig } from '../config/runConfig.ts';
import { explainLoss } from './formatNumber.ts';

type Objective = Pick<TrainingConfig, 'zLoss' | 'labelSmoothing'>;

export type TrainingLossName = 'loss' | 'objective';

/** 'loss' where it is the cross-entropy per token and nothing else, as the validation loss always is. */
export const trainingLossName = (training: Objective | undefined): TrainingLossName =>
  training !== undefined && (training.zLoss > 0 || training.labelSmoothing > 0) ? 'objective' : 'loss';

/** What the objective adds to the cross-entropy, as a sentence; empty where it adds nothing. */
export function objectiveSentence({ zLoss, labelSmoothing }: Objective): string {
  const parts = [
    labelSmoothing > 0 && `with ${labelSmoothing} of each target spread evenly over the vocabulary (label smoothing)`,
    zLoss > 0 && `plus ${zLoss} times the squared log of the softmax denominator (z-loss)`,
  ].filter((part) => part !== false);
  if (parts.length === 0) return '';
  return `Cross-entropy per token in nats, ${parts.join(' and ')}. The validation loss is the cross-entropy alone.`;
}

/** The loss of a training step in words. @param loss in nats per token */
export function explainTrainingLoss(loss: number, training: Objective | undefined): string {
  const sentence = training === undefined ? '' : objectiveSentence(training);
  return sentence === '' ? `Cross-entropy per token in nats: ${explainLoss(loss)}.` : sentence;
}
