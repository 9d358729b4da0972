// The learning diary: how the model continued one fixed prompt as it learned, newest first, with a slider through time.
import { useLayoutEffect, useRef, useState } from 'react';
import { useRunStore } from '../../state/runStore.ts';
import controls from '../charts/controls.module.css';
import { DiaryEntryItem } from './DiaryEntryItem.tsx';
import { formatCount } from '../formatNumber.ts';
import { HelpTerm } from '../help/HelpTerm.tsx';
import { DIARY_COPY, SHARE_NAMES } from './diaryCopy.ts';
import { JudgedTrend } from './JudgedTrend.tsx';
import { JUDGED_SHARES } from './judgedTrend.ts';
import styles from './LearningDiary.module.css';

/** Older entries are added to the page as they are wanted. */
const ENTRIES_AT_ONCE = 60;

export function LearningDiary() {
  const runId = useRunStore((state) => state.run?.runId);
  // Another run begins with no entry chosen.
  return <DiaryOfRun key={runId} />;
}

function DiaryOfRun() {
  const diary = useRunStore((state) => state.diary);
  const list = useRef<HTMLDivElement>(null);
  const heightBefore = useRef(0);
  const [oldestShown, setOldestShown] = useState(Math.max(0, diary.length - ENTRIES_AT_ONCE));
  /** Index of the chosen entry; undefined follows the newest. */
  const [chosen, setChosen] = useState<number>();

  const last = diary.length - 1;
  const at = Math.min(chosen ?? last, last);
  const current = diary[at];
  const oldest = Math.max(0, Math.min(oldestShown, at));
  const newestFirst = diary.slice(oldest).toReversed();

  // A new entry on top must not push away what is being read.
  useLayoutEffect(() => {
    const element = list.current;
    if (element === null) return;
    const grown = element.scrollHeight - heightBefore.current;
    heightBefore.current = element.scrollHeight;
    if (element.scrollTop > 0 && grown > 0) element.scrollTop += grown;
  }, [diary]);

  const goTo = (index: number) => {
    setChosen(index === last ? undefined : index);
    requestAnimationFrame(() => {
      const element = list.current;
      const item = element?.querySelector<HTMLElement>(`[data-step="${diary[index]?.step}"]`);
      if (element && item) element.scrollTop = index === last ? 0 : item.offsetTop;
      if (element) heightBefore.current = element.scrollHeight;
    });
  };

  const judged = diary.some((entry) => entry.judged !== undefined);
  return (
    <div className={styles.diary}>
      <div className={styles.head}>
        <h3 className={controls.heading}>{DIARY_COPY.title}</h3>
        {judged && (
          <ul className={styles.key} aria-label={DIARY_COPY.lines}>
            {JUDGED_SHARES.map((share) => (
              <li key={share}>
                <svg width="22" height="8" aria-hidden="true">
                  <path d="M0 4H22" data-share={share} />
                </svg>
                <HelpTerm help={SHARE_NAMES[share].meaning}>{SHARE_NAMES[share].label}</HelpTerm>
              </li>
            ))}
          </ul>
        )}
      </div>
      {current === undefined ? (
        <p className={styles.empty}>{DIARY_COPY.empty}</p>
      ) : (
        <>
          {diary.length > 1 && (
            <div className={styles.time}>
              <JudgedTrend entries={diary} step={current.step} />
              <input
                type="range"
                aria-label={DIARY_COPY.slider}
                aria-valuetext={DIARY_COPY.step(formatCount(current.step))}
                min={0}
                max={last}
                value={at}
                onChange={(event) => goTo(event.target.valueAsNumber)}
              />
              <span className={styles.ends} aria-hidden="true">
                <span>{DIARY_COPY.end(formatCount(diary[0]?.step ?? 0))}</span>
                <span>{DIARY_COPY.end(formatCount(diary[last]?.step ?? 0))}</span>
              </span>
            </div>
          )}
          <div ref={list} className={styles.list} role="group" aria-label={DIARY_COPY.entries} tabIndex={0}>
            <ol aria-label={DIARY_COPY.order} reversed>
              {newestFirst.map((entry) => (
                <DiaryEntryItem key={entry.step} entry={entry} current={chosen !== undefined && entry === current} />
              ))}
              {oldest > 0 && (
                <li className={styles.more}>
                  <button
                    type="button"
                    data-size="small"
                    onClick={() => setOldestShown(Math.max(0, oldest - ENTRIES_AT_ONCE))}
                  >
                    {DIARY_COPY.older(formatCount(oldest))}
                  </button>
                </li>
              )}
            </ol>
          </div>
        </>
      )}
    </div>
  );
}
