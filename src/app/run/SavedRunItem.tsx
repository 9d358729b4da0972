// One saved run in the list: what it is, where it is open, and what can be done with it.
import type { SavedRunSummary } from '../../protocol/messages.ts';
import { formatMoment } from '../formatDuration.ts';
import { formatBytes, formatCount, formatLoss } from '../formatNumber.ts';
import { ConfirmedButton } from './ConfirmedButton.tsx';
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
          step {formatCount(saved.step)} of {formatCount(saved.steps)} · loss {formatLoss(saved.loss)} ·{' '}
          {formatMoment(saved.savedAtMs)} · {formatBytes(saved.bytes)}
        </span>
      </div>
      {openIn === 'here' ? (
        <span className={styles.badge}>open now</span>
      ) : (
        <span className={styles.actions}>
          {openIn === 'elsewhere' && <span className={styles.badge}>open in another tab</span>}
          <button
            type="button"
            data-size="small"
            aria-label={openIn ? `Open a copy of ${saved.name}` : `Open ${saved.name}`}
            onClick={() => void open()}
          >
            {openIn ? 'Open a copy' : 'Open'}
          </button>
          {openIn === undefined && (
            <ConfirmedButton
              label="Delete"
              name={`Delete ${saved.name}`}
              question="Delete for good?"
              confirm="Yes, delete"
              onConfirm={remove}
            />
          )}
        </span>
      )}
    </li>
  );
}
