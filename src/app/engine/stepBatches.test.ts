// What is said of a step's batches, with one, with several, and while they grow in number.
import { expect, it } from 'vitest';
import { DEFAULT_CONFIG, type TrainingConfig } from '../../config/runConfig.ts';
import { withTraining } from '../../config/withSettings.ts';
import { batchesSentence } from './stepBatches.ts';

const sentence = (training: Partial<TrainingConfig>, step: number) =>
  batchesSentence(withTraining(DEFAULT_CONFIG, training), step);

it('says how many batches a step takes: none where it is the one measured, and at most so many on a ramp', () => {
  expect(sentence({}, 3)).toBeUndefined();
  expect(sentence({ accumulation: 4 }, 3)).toMatch(/a step of this run takes 4 batches\.$/);
  // Batches of 512 tokens: two from 1,000 on, three from 2,000, four from 3,000.
  const ramp = { accumulation: 4, rampTokens: 3000 };
  expect(sentence(ramp, 0)).toMatch(/takes up to 4 batches, the next one 1\.$/);
  expect(sentence(ramp, 2)).toMatch(/takes up to 4 batches, the next one 2\.$/);
  expect(sentence(ramp, 100)).toMatch(/takes up to 4 batches, the next one 4\.$/);
});
