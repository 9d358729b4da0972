// The tales' judge on several texts together.
import type { TalesJudge } from '../data/tales/judge.ts';
import type { SampleJudgement } from '../protocol/messages.ts';

/** Shares of all complete sentences; 0 where there is none. */
export function judgeSamples(judge: TalesJudge, texts: readonly string[]): SampleJudgement {
  const reports = texts.map((text) => judge.judge(text));
  const total = (name: keyof SampleJudgement): number => reports.reduce((sum, report) => sum + report[name], 0);
  const sentences = total('sentences');
  const share = (count: number): number => (sentences === 0 ? 0 : count / sentences);
  return {
    sentences,
    accepted: share(total('accepted')),
    coherent: share(total('coherent')),
    new: share(total('new')),
  };
}
