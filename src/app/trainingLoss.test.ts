// What a training loss is called and how it is explained, with and without terms besides the cross-entropy.
import { describe, expect, it } from 'vitest';
import { explainLoss } from './formatNumber.ts';
import { explainTrainingLoss, objectiveSentence, trainingLossName } from './trainingLoss.ts';

const PLAIN = { zLoss: 0, labelSmoothing: 0 };

describe('the loss of training', () => {
  it('is the cross-entropy, explained by a number of tokens, where nothing is added', () => {
    expect(trainingLossName(PLAIN)).toBe('loss');
    expect(trainingLossName(undefined)).toBe('loss');
    expect(objectiveSentence(PLAIN)).toBe('');
    const words = explainLoss(Math.log(8));
    expect(explainTrainingLoss(Math.log(8), PLAIN)).toContain(words);
    expect(explainTrainingLoss(Math.log(8), undefined)).toContain(words);
  });

  it('is an objective with z-loss or label smoothing, and then stands for no number of tokens', () => {
    const [z, smoothed] = [
      { ...PLAIN, zLoss: 1e-4 },
      { ...PLAIN, labelSmoothing: 0.1 },
    ];
    for (const training of [z, smoothed, { zLoss: 0.5, labelSmoothing: 0.5 }]) {
      expect(trainingLossName(training)).toBe('objective');
      expect(explainTrainingLoss(2, training)).toBe(objectiveSentence(training));
      expect(explainTrainingLoss(2, training)).not.toContain(explainLoss(2));
    }
    expect(objectiveSentence(z)).toMatch(/0\.0001 .*\(z-loss\)\./);
    expect(objectiveSentence(z)).not.toContain('label smoothing');
    expect(objectiveSentence(smoothed)).toMatch(/0\.1 .*\(label smoothing\)\./);
    expect(objectiveSentence({ zLoss: 0.5, labelSmoothing: 0.2 })).toMatch(/0\.2 .*label smoothing.* 0\.5 .*z-loss/);
  });
});
