// Tests of the loss chart's sentence.
import { describe, expect, it } from 'vitest';
import { lossSummary } from './lossSummary.ts';

describe('lossSummary', () => {
  it('says where the loss began, where it is and what validation says', () => {
    const evaluations = [{ step: 3, validationLoss: 2.4, bitsPerByte: 1.2 }];
    expect(lossSummary({ steps: [1, 2, 3], smoothed: [6.9, 4, 2.3], evaluations })).toBe(
      'Training loss fell from 6.900 to 2.300 in 3 steps; validation 2.400.',
    );
  });

  it('tells an objective from the validation loss', () => {
    const evaluations = [{ step: 3, validationLoss: 2.4, bitsPerByte: 1.2 }];
    expect(lossSummary({ name: 'objective', steps: [1, 2, 3], smoothed: [7.1, 5, 3.3], evaluations })).toBe(
      'Training objective fell from 7.100 to 3.300 in 3 steps; validation loss 2.400.',
    );
  });

  it('does not call a growing or broken loss a fall', () => {
    expect(lossSummary({ steps: [1, 2], smoothed: [2, 3], evaluations: [] })).toContain('rose from 2.000 to 3.000');
    expect(lossSummary({ steps: [1, 2], smoothed: [2, Number.NaN], evaluations: [] })).toBe(
      'Training loss became NaN after 2 steps.',
    );
  });

  it('names the baselines before the first step', () => {
    const text = lossSummary({ steps: [], smoothed: [], evaluations: [], uniformLoss: 6.93, unigramLoss: 5.1 });
    expect(text).toBe(
      'Loss chart, empty: no training step has been taken. Random guess 6.930, token frequency 5.100, in nats per token.',
    );
  });
});
