// What the loss of a training step is called and said to be: the surprise alone, or an objective that adds to it.
import type { TrainingConfig } from '../config/runConfig.ts';
import { explainLoss } from './formatNumber.ts';

type Objective = Pick<TrainingConfig, 'zLoss' | 'labelSmoothing'>;

export type TrainingLossName = 'loss' | 'objective';

/** 'loss' where it is the surprise per token and nothing else, as the validation loss always is. */
export const trainingLossName = (training: Objective | undefined): TrainingLossName =>
  training !== undefined && (training.zLoss > 0 || training.labelSmoothing > 0) ? 'objective' : 'loss';

/** What the objective adds to the surprise, as a sentence; empty where it is the surprise alone. */
export function objectiveSentence({ zLoss, labelSmoothing }: Objective): string {
  const parts = [
    labelSmoothing > 0 && `${labelSmoothing} of every target is spread evenly over the vocabulary (label smoothing)`,
    zLoss > 0 && `${zLoss} times the squared logarithm of the softmax’s denominator is added (z-loss)`,
  ].filter((part) => part !== false);
  if (parts.length === 0) return '';
  return `The surprise per token in nats, but ${parts.join(', and ')}. The validation loss is the surprise alone.`;
}

/** The loss of a training step in words. @param loss in nats per token */
export function explainTrainingLoss(loss: number, training: Objective | undefined): string {
  const sentence = training === undefined ? '' : objectiveSentence(training);
  return sentence === '' ? `Loss is the surprise per token, in nats: ${explainLoss(loss)}.` : sentence;
}
