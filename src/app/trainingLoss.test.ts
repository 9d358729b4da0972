// What a training loss is called and said to be, with and without terms besides the surprise.
import { describe, expect, it } from 'vitest';
import { explainTrainingLoss, objectiveSentence, trainingLossName } from './trainingLoss.ts';

const PLAIN = { zLoss: 0, labelSmoothing: 0 };

describe('the loss of training', () => {
  it('is the surprise, as unsure as between so many tokens, where nothing is added', () => {
    expect(trainingLossName(PLAIN)).toBe('loss');
    expect(trainingLossName(undefined)).toBe('loss');
    expect(objectiveSentence(PLAIN)).toBe('');
    const words = 'Loss is the surprise per token, in nats: as unsure as between 8 equally likely tokens.';
    expect(explainTrainingLoss(Math.log(8), PLAIN)).toBe(words);
    expect(explainTrainingLoss(Math.log(8), undefined)).toBe(words);
  });

  it('is an objective with z-loss or label smoothing, and then no measure of how unsure the model is', () => {
    const [z, smoothed] = [
      { ...PLAIN, zLoss: 1e-4 },
      { ...PLAIN, labelSmoothing: 0.1 },
    ];
    for (const training of [z, smoothed, { zLoss: 0.5, labelSmoothing: 0.5 }]) {
      expect(trainingLossName(training)).toBe('objective');
      expect(explainTrainingLoss(2, training)).toBe(objectiveSentence(training));
      expect(explainTrainingLoss(2, training)).not.toContain('as unsure as');
      expect(objectiveSentence(training)).toContain('The validation loss is the surprise alone.');
    }
    expect(objectiveSentence(z)).toMatch(/but 0\.0001 times .*\(z-loss\)\./);
    expect(objectiveSentence(smoothed)).toMatch(/but 0\.1 of every target is spread evenly .*\(label smoothing\)\./);
    expect(objectiveSentence({ zLoss: 0.5, labelSmoothing: 0.5 })).toMatch(/label smoothing\), and 0\.5 times/);
  });
});
