// When a run's progress is spoken.
import { describe, expect, it } from 'vitest';
import { isWorthSaying, type RunMoment } from './announcement.ts';

const spoken: RunMoment = { phase: 'running', step: 100, steps: 2000, timeMs: 0 };

describe('isWorthSaying', () => {
  it('speaks at first and at every change of phase', () => {
    expect(isWorthSaying(undefined, spoken)).toBe(true);
    expect(isWorthSaying(spoken, { ...spoken, phase: 'paused' })).toBe(true);
    expect(isWorthSaying(spoken, spoken)).toBe(false);
  });

  it('waits while training for a tenth of the steps and for half a minute', () => {
    expect(isWorthSaying(spoken, { ...spoken, step: 300, timeMs: 29_999 })).toBe(false);
    expect(isWorthSaying(spoken, { ...spoken, step: 299, timeMs: 60_000 })).toBe(false);
    expect(isWorthSaying(spoken, { ...spoken, step: 300, timeMs: 30_000 })).toBe(true);
  });

  it('tells each single step while not training', () => {
    const paused = { ...spoken, phase: 'paused' };
    expect(isWorthSaying(paused, { ...paused, step: 101, timeMs: 10 })).toBe(true);
    expect(isWorthSaying(paused, { ...paused, timeMs: 90_000 })).toBe(false);
  });
});
