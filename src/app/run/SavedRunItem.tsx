// One saved run in the list: what it is, where it is open, and what can be done with it.
import type { SavedRunSummary } from '../../protocol/messages.ts';
import { formatMoment } from '../formatDuration.ts';
import { formatBytes, formatCount, formatLoss } from '../formatNumber.ts';
import { ConfirmedButton } from './ConfirmedButton.tsx';
import { RUNS_COPY } from './runCopy.ts';
import styles from './RunsDialog.module.css';

interface SavedRunProps {
  readonly saved: SavedRunSummary;
  readonly openIn: 'here' | 'elsewhere' | undefined;
  readonly open: () => Promise<void>;
  readonly remove: () => void;
}

export function SavedRunItem({ saved, openIn, open, remove }: SavedRunProps) {
  return (
    <li className={styles.run} data-open={openIn === 'here' || undefined}>
      <div className={styles.about}>
        <strong>{saved.name}</strong>
        <span>
          {RUNS_COPY.about(
            formatCount(saved.step),
            formatCount(saved.steps),
            formatLoss(saved.loss),
            formatMoment(saved.savedAtMs),
            formatBytes(saved.bytes),
          )}
        </span>
      </div>
      {openIn === 'here' ? (
        <span className={styles.badge}>{RUNS_COPY.openHere}</span>
      ) : (
        <span className={styles.actions}>
          {openIn === 'elsewhere' && <span className={styles.badge}>{RUNS_COPY.openElsewhere}</span>}
          <button
            type="button"
            data-size="small"
            aria-label={openIn ? RUNS_COPY.copyRun(saved.name) : RUNS_COPY.openRun(saved.name)}
            onClick={() => void open()}
          >
            {openIn ? RUNS_COPY.copy : RUNS_COPY.open}
          </button>
          {openIn === undefined && (
            <ConfirmedButton
              label={RUNS_COPY.remove}
              name={RUNS_COPY.removeRun(saved.name)}
              question={RUNS_COPY.removeQuestion}
              confirm={RUNS_COPY.removeYes}
              onConfirm={remove}
            />
          )}
        </span>
      )}
    </li>
  );
}
