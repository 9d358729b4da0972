// One entry of the learning diary: the step, what the model wrote then, and what the judge said of it.
import { memo } from 'react';
import type { DiaryEntry, SampleJudgement } from '../../protocol/messages.ts';
import { counted, readableShare } from '../charts/readableNumber.ts';
import { formatCount } from '../formatNumber.ts';
import { DIARY_COPY, SHARE_NAMES } from './diaryCopy.ts';
import { JUDGED_SHARES } from './judgedTrend.ts';
import styles from './LearningDiary.module.css';

interface DiaryEntryItemProps {
  readonly entry: DiaryEntry;
  readonly current: boolean;
}

/** Memoised: an entry never changes, and a long run has many. */
export const DiaryEntryItem = memo(function DiaryEntryItem({ entry, current }: DiaryEntryItemProps) {
  const { step, prompt, samples, judged, problem } = entry;
  return (
    <li className={styles.entry} data-step={step} data-current={current}>
      <h4 className={styles.step}>{DIARY_COPY.step(formatCount(step))}</h4>
      {problem !== undefined && <p className={styles.problem}>{problem}</p>}
      {samples.map((sample, at) => (
        <p key={at} className={styles.sample} dir="auto">
          <strong>{prompt}</strong>
          {sample}
        </p>
      ))}
      {judged !== undefined && <Judgement judged={judged} />}
    </li>
  );
});

function Judgement({ judged }: { readonly judged: SampleJudgement }) {
  if (judged.sentences === 0) return <p className={styles.note}>{DIARY_COPY.nothingJudged}</p>;
  return (
    <ul className={styles.judgement} aria-label={DIARY_COPY.judged(counted(judged.sentences, 'sentence'))}>
      {JUDGED_SHARES.map((share) => (
        <li key={share} data-share={share}>
          <span className={styles.meter} aria-hidden="true">
            <span style={{ width: `${100 * judged[share]}%` }} />
          </span>
          {SHARE_NAMES[share].label} {readableShare(judged[share])}
        </li>
      ))}
      <li className={styles.count}>{DIARY_COPY.count(counted(judged.sentences, 'sentence'))}</li>
    </ul>
  );
}
