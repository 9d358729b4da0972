// How much the saved runs and their texts take, whether the browser keeps them, and a way to free the space.
import type { StoreReport } from '../../protocol/messages.ts';
import { notLastingWords } from '../../state/storageWords.ts';
import { formatBytes } from '../formatNumber.ts';
import { ConfirmedButton } from './ConfirmedButton.tsx';
import styles from './RunsDialog.module.css';

interface StorageUseProps {
  readonly storage: StoreReport;
  /** Ids of the saved runs that are open nowhere. */
  readonly removable: readonly string[];
  readonly remove: (runIds: readonly string[]) => void;
}

export function StorageUse({ storage, removable, remove }: StorageUseProps) {
  const { runs, texts, usageBytes, quotaBytes } = storage;
  return (
    <section className={styles.storage} aria-label="Storage">
      <p>
        {counted(runs, 'run')}
        {texts.count > 0 && `, ${counted(texts, 'text')}`}
        {usageBytes !== null && quotaBytes !== null && (
          <>
            {' '}
            · this site uses {formatBytes(usageBytes)} of {formatBytes(quotaBytes)}
          </>
        )}
      </p>
      <p>{promise(storage)}</p>
      {removable.length > 0 && (
        <span className={styles.actions}>
          <ConfirmedButton
            label={`Delete ${removable.length === 1 ? 'the run that isn’t open' : `${removable.length} runs that aren’t open`}…`}
            question={`Delete ${removable.length === 1 ? '1 run' : `${removable.length} runs`} and the texts only they use?`}
            confirm="Yes, delete them"
            onConfirm={() => remove(removable)}
          />
        </span>
      )}
    </section>
  );
}

const counted = ({ count, bytes }: StoreReport['runs'], what: string): string =>
  `${count} ${what}${count === 1 ? '' : 's'} (${formatBytes(bytes)})`;

/** How long what is stored stays. */
function promise({ noDisk, persisted, mostRuns }: StoreReport): string {
  if (noDisk !== null) {
    const { message, remedy } = notLastingWords(noDisk);
    return `${message} ${remedy}`;
  }
  const kept = persisted
    ? 'Your browser keeps them until you delete them.'
    : 'If disk space runs low, your browser may delete them: save runs that matter as files.';
  return `${kept} The newest ${mostRuns} runs are kept, and a text as long as a run uses it.`;
}
