// How many examples are tried.
import { describe, expect, it } from 'vitest';
import { shotSteps } from './taskPrompts.ts';

describe('shotSteps', () => {
  it('doubles from one, ends with the most, and tries no two that are close together', () => {
    expect([0, 1, 2, 3, 4, 5, 9, 12, 16].map(shotSteps)).toEqual([
      [0],
      [0, 1],
      [0, 1, 2],
      [0, 1, 2, 3],
      [0, 1, 2, 4],
      [0, 1, 2, 5],
      [0, 1, 2, 4, 9],
      [0, 1, 2, 4, 8, 12],
      [0, 1, 2, 4, 8, 16],
    ]);
  });
});
