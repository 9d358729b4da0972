// How much the saved runs and their texts take, whether the browser keeps them, and a way to free the space.
import type { StoreReport } from '../../protocol/messages.ts';
import { notLastingWords } from '../../state/storageWords.ts';
import { counted as numbered } from '../charts/readableNumber.ts';
import { formatBytes } from '../formatNumber.ts';
import { ConfirmedButton } from './ConfirmedButton.tsx';
import { STORAGE_COPY } from './runCopy.ts';
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
    <section className={styles.storage} aria-label={STORAGE_COPY.label}>
      <p>
        {counted(runs, 'run')}
        {texts.count > 0 && `, ${counted(texts, 'text')}`}
        {usageBytes !== null && quotaBytes !== null && (
          <>{STORAGE_COPY.usage(formatBytes(usageBytes), formatBytes(quotaBytes))}</>
        )}
      </p>
      <p>{promise(storage)}</p>
      {removable.length > 0 && (
        <span className={styles.actions}>
          <ConfirmedButton
            label={removable.length === 1 ? STORAGE_COPY.removeOne : STORAGE_COPY.removeMany(removable.length)}
            question={STORAGE_COPY.question(numbered(removable.length, 'run'))}
            confirm={STORAGE_COPY.yes}
            onConfirm={() => remove(removable)}
          />
        </span>
      )}
    </section>
  );
}

const counted = ({ count, bytes }: StoreReport['runs'], what: string): string =>
  STORAGE_COPY.counted(numbered(count, what), formatBytes(bytes));

/** How long what is stored stays. */
function promise({ noDisk, persisted, mostRuns }: StoreReport): string {
  if (noDisk !== null) {
    const { message, remedy } = notLastingWords(noDisk);
    return `${message} ${remedy}`;
  }
  const kept = persisted ? STORAGE_COPY.persisted : STORAGE_COPY.notPersisted;
  return `${kept} ${STORAGE_COPY.limits(mostRuns)}`;
}
