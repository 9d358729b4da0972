// Every text of the learning diary, and the names of the judge's shares.
import type { JudgedShare } from './judgedTrend.ts';

export const SHARE_NAMES: Record<JudgedShare, { readonly label: string; readonly meaning: string }> = {
  accepted: { label: 'grammatical', meaning: 'Complete sentences that the grammar of the tales accepts.' },
  coherent: {
    label: 'coherent',
    meaning: 'Grammatical sentences that also fit the story so far: who is there, he or she, how many.',
  },
  new: { label: 'new', meaning: 'Complete sentences that are not in the training text.' },
};

export const DIARY_COPY = {
  title: 'Learning diary',
  lines: 'Lines of the trend',
  empty: 'During training, the model continues the same prompt again and again. Watch it learn here.',
  slider: 'Diary entry',
  step: (step: string) => `Step ${step}`,
  end: (step: string) => `step ${step}`,
  entries: 'Diary entries',
  order: 'Newest first',
  older: (entries: string) => `Show older entries (${entries})`,
  nothingJudged: 'No complete sentence to judge.',
  judged: (sentences: string) => `Judged on ${sentences}`,
  count: (sentences: string) => `(n = ${sentences})`,
  trend: (summary: string) => `Sentences by step: ${summary}`,
  change: (label: string, first: string, last: string) => `${label} from ${first} to ${last}`,
} as const;
