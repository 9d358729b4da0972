// How the judge's shares went over the run: points of the diary's small trend lines. Pure geometry and sums.
import type { DiaryEntry, SampleJudgement } from '../../protocol/messages.ts';

export const JUDGED_SHARES = ['accepted', 'coherent', 'new'] as const satisfies readonly (keyof SampleJudgement)[];
export type JudgedShare = (typeof JUDGED_SHARES)[number];

export interface TrendPoint {
  readonly step: number;
  /** 0 … 1 */
  readonly share: number;
}

/** The share in every judged entry with at least one sentence, by step. */
export function judgedTrend(entries: readonly DiaryEntry[], share: JudgedShare): TrendPoint[] {
  return entries.flatMap(({ step, judged }) =>
    judged === undefined || judged.sentences === 0 ? [] : [{ step, share: judged[share] }],
  );
}

/** An SVG path through the points in a box of that size; the last step is at the right edge, share 1 at the top. */
export function trendPath(points: readonly TrendPoint[], lastStep: number, width: number, height: number): string {
  return points
    .map(({ step, share }, at) => {
      const x = lastStep === 0 ? 0 : (step / lastStep) * width;
      const y = (1 - share) * height;
      return `${at === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join('');
}
