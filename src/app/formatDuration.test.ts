// Durations and ages as people read them.
import { describe, expect, it } from 'vitest';
import { formatAge, formatDuration } from './formatDuration.ts';

describe('formatDuration', () => {
  it('picks the unit that fits', () => {
    expect([0.0004, 0.259, 4.26, 12.4, 59.7, 72, 3599.6, 4020, 200_000].map(formatDuration)).toEqual([
      '1 ms',
      '259 ms',
      '4.3 s',
      '12 s',
      '1 min',
      '1 min 12 s',
      '1 h',
      '1 h 7 min',
      '2 days',
    ]);
  });
  it('has a dash for what is not known', () => {
    expect(formatDuration(Number.POSITIVE_INFINITY)).toBe('–');
  });
});

describe('formatAge', () => {
  it('says how long ago', () => {
    expect([-5, 2000, 12_000, 180_000, 7_200_000, 5 * 86_400_000].map(formatAge)).toEqual([
      'just now',
      'just now',
      '12 s ago',
      '3 min ago',
      '2 h ago',
      '5 days ago',
    ]);
  });
});
