// Tells that a setting was changed in a run under way, beside its field, and undoes it.
import { undoLiveChange } from '../../state/draftActions.ts';
import type { LiveNumber } from '../../state/liveChange.ts';
import { useRunStore } from '../../state/runStore.ts';
import { formatCount } from '../formatNumber.ts';
import styles from './TrainingPanel.module.css';

export function LiveChangeNote({ name, label }: { readonly name: LiveNumber; readonly label: string }) {
  const change = useRunStore((state) => state.liveChanges[name]);
  if (change === undefined) return null;
  return (
    <span className={styles.liveChange} role="status" data-live-change={name}>
      {change.from} → {change.to} at step {formatCount(change.step)}
      <button
        type="button"
        data-size="small"
        aria-label={`Undo: ${label} back to ${change.from}`}
        onClick={() => void undoLiveChange(name)}
      >
        Undo
      </button>
    </span>
  );
}
