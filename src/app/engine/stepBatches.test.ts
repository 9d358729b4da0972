// What is said of a step's batches, with one, with several, and while they grow in number.
import { expect, it } from 'vitest';
import { DEFAULT_CONFIG, type TrainingConfig } from '../../config/runConfig.ts';
import { withTraining } from '../../config/withSettings.ts';
import { ENGINE_COPY } from './engineCopy.ts';
import { batchesSentence } from './stepBatches.ts';

const sentence = (training: Partial<TrainingConfig>, step: number) =>
  batchesSentence(withTraining(DEFAULT_CONFIG, training), step);

it('says how many batches a step takes: none where it is the one measured, and at most so many on a ramp', () => {
  expect(sentence({}, 3)).toBeUndefined();
  expect(sentence({ accumulation: 4 }, 3)).toBe(ENGINE_COPY.batches(4));
  // Batches of 512 tokens: two from 1,000 on, three from 2,000, four from 3,000.
  const ramp = { accumulation: 4, rampTokens: 3000 };
  expect(sentence(ramp, 0)).toBe(ENGINE_COPY.batchesOnRamp(4, 1));
  expect(sentence(ramp, 2)).toBe(ENGINE_COPY.batchesOnRamp(4, 2));
  expect(sentence(ramp, 100)).toBe(ENGINE_COPY.batchesOnRamp(4, 4));
});
