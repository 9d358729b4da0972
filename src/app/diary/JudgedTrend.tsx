// The judge's three shares over the run as small lines, with a marker at the entry on screen.
import styles from './LearningDiary.module.css';
import { DIARY_COPY, SHARE_NAMES } from './diaryCopy.ts';
import { JUDGED_SHARES, judgedTrend, trendPath } from './judgedTrend.ts';
import type { DiaryEntry } from '../../protocol/messages.ts';
import { readableShare } from '../charts/readableNumber.ts';

const WIDTH = 300;
const HEIGHT = 44;

export function JudgedTrend({ entries, step }: { readonly entries: readonly DiaryEntry[]; readonly step: number }) {
  const lastStep = entries.at(-1)?.step ?? 0;
  const lines = JUDGED_SHARES.map((share) => ({ share, points: judgedTrend(entries, share) }));
  if ((lines[0]?.points.length ?? 0) < 2) return null;
  const summary = lines
    .map(({ share, points }) => {
      const first = points[0]?.share ?? 0;
      const last = points.at(-1)?.share ?? 0;
      return DIARY_COPY.change(SHARE_NAMES[share].label, readableShare(first), readableShare(last));
    })
    .join(', ');
  const markerX = lastStep === 0 ? 0 : (step / lastStep) * WIDTH;
  return (
    <svg
      className={styles.trend}
      viewBox={`0 -3 ${WIDTH} ${HEIGHT + 6}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={DIARY_COPY.trend(summary)}
    >
      {[0, 0.5, 1].map((share) => (
        <line key={share} className={styles.gridLine} x1="0" x2={WIDTH} y1={share * HEIGHT} y2={share * HEIGHT} />
      ))}
      {lines.map(({ share, points }) => (
        <path key={share} data-share={share} d={trendPath(points, lastStep, WIDTH, HEIGHT)} />
      ))}
      <line className={styles.marker} x1={markerX} x2={markerX} y1={-3} y2={HEIGHT + 3} />
    </svg>
  );
}
