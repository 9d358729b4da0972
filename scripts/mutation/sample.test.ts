// The sample of mutants: repeatable, in order, without repetition.
import { expect, test } from 'vitest';
import { sample } from './sample.mjs';

test('the same seed draws the same items, in their own order', () => {
  const items = Array.from({ length: 100 }, (_, index) => index);
  const drawn = sample(items, 20, 7);
  expect(drawn).toHaveLength(20);
  expect(new Set(drawn).size).toBe(20);
  expect(drawn).toEqual([...drawn].sort((a, b) => a - b));
  expect(sample(items, 20, 7)).toEqual(drawn);
  expect(sample(items, 20, 8)).not.toEqual(drawn);
  expect(sample(items, 200, 7)).toEqual(items);
});
