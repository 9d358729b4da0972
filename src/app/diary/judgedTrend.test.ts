// Tests of the diary's trend lines.
import { describe, expect, it } from 'vitest';
import type { DiaryEntry } from '../../protocol/messages.ts';
import { judgedTrend, trendPath } from './judgedTrend.ts';

const entry = (step: number, sentences: number, accepted: number): DiaryEntry => ({
  step,
  prompt: 'Once',
  samples: [''],
  judged: { sentences, accepted, coherent: accepted / 2, new: 1 },
});

describe('judged trend', () => {
  it('leaves out entries without a judgement or without a sentence to judge', () => {
    const unjudged: DiaryEntry = { step: 20, prompt: 'Once', samples: ['x'] };
    expect(judgedTrend([entry(0, 0, 0), entry(10, 4, 0.5), unjudged, entry(30, 9, 0.8)], 'coherent')).toEqual([
      { step: 10, share: 0.25 },
      { step: 30, share: 0.4 },
    ]);
  });

  it('draws from left to right with share 1 at the top', () => {
    const points = [
      { step: 0, share: 0 },
      { step: 50, share: 0.5 },
      { step: 100, share: 1 },
    ];
    expect(trendPath(points, 100, 200, 40)).toBe('M0.0 40.0L100.0 20.0L200.0 0.0');
    expect(trendPath([{ step: 0, share: 1 }], 0, 200, 40)).toBe('M0.0 0.0');
  });
});
