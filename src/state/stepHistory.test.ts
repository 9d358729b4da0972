// A history that goes back to an earlier step forgets what came after it.
import { describe, expect, it } from 'vitest';
import { appendAtStep } from './stepHistory.ts';

describe('appendAtStep', () => {
  const history = [{ step: 10 }, { step: 20 }, { step: 30 }];
  it('appends what is new', () => {
    expect(appendAtStep(history, { step: 40 }).map(({ step }) => step)).toEqual([10, 20, 30, 40]);
    expect(appendAtStep([], { step: 0 }).map(({ step }) => step)).toEqual([0]);
  });
  it('replaces from the step of the new entry on', () => {
    expect(appendAtStep(history, { step: 20 }).map(({ step }) => step)).toEqual([10, 20]);
    expect(appendAtStep(history, { step: 5 }).map(({ step }) => step)).toEqual([5]);
    expect(history).toHaveLength(3);
  });
});
