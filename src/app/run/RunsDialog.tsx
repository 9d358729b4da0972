// The open run's name, and the dialog of all runs kept in this browser: open, rename, delete, save to and load from a file.
import * as Dialog from '@radix-ui/react-dialog';
import { useEffect, useId, useRef, useState } from 'react';
import type { Fault } from '../../protocol/messages.ts';
import { faultOf } from '../../state/notices.ts';
import { useRunStore } from '../../state/runStore.ts';
import {
  deleteRun,
  deleteRuns,
  loadFromFile,
  openRun,
  refreshSavedRuns,
  renameRun,
  saveToFile,
} from '../../state/savedRunActions.ts';
import { FaultMessage } from '../fields/FaultMessage.tsx';
import { DropError, droppedFile } from '../fields/droppedFiles.ts';
import { useDropTarget } from '../fields/useDropTarget.ts';
import { formatCount } from '../formatNumber.ts';
import hidden from '../hidden.module.css';
import styles from './RunsDialog.module.css';
import { SavedRunItem } from './SavedRunItem.tsx';
import { StorageUse } from './StorageUse.tsx';

export function RunsDialog() {
  const name = useRunStore((state) => state.run?.name);
  const [open, setOpen] = useState(false);
  return (
    <Dialog.Root open={open} onOpenChange={setOpen}>
      <Dialog.Trigger className={styles.trigger} data-variant="quiet" title="Runs: open, rename, save and load">
        <span className={hidden.visually}>Runs: </span>
        <span className={styles.triggerName}>{name ?? 'No run yet'}</span>
        <svg viewBox="0 0 10 6" width="9" height="6" aria-hidden="true">
          <path d="M1 1l4 4 4-4" fill="none" stroke="currentColor" strokeWidth="1.5" />
        </svg>
      </Dialog.Trigger>
      <Dialog.Portal>
        {/* Not the library’s: that one puts a style element into the page, which its policy forbids. */}
        <div className={styles.overlay} />
        <Dialog.Content className={styles.content}>
          <header className={styles.header}>
            <Dialog.Title className={styles.title}>Runs</Dialog.Title>
            <Dialog.Close data-variant="quiet" data-size="small">
              Close
            </Dialog.Close>
          </header>
          <Dialog.Description className={styles.description}>
            Runs are kept in this browser and nowhere else. A file holds a whole run: weights, optimizer, place in the
            text and history.
          </Dialog.Description>
          <Runs close={() => setOpen(false)} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Runs({ close }: { readonly close: () => void }) {
  const run = useRunStore((state) => state.run);
  const savedRuns = useRunStore((state) => state.savedRuns);
  const storage = useRunStore((state) => state.storage);
  const elsewhere = new Set(storage?.openElsewhere);
  const [fault, setFault] = useState<Fault>();
  const [busy, setBusy] = useState('');
  const [note, setNote] = useState('');
  const [loading, setLoading] = useState<AbortController>();
  const [share, setShare] = useState(0);
  const fileInput = useRef<HTMLInputElement>(null);

  /** @returns true if all went well. */
  const attempt = async (words: string, work: () => Promise<Fault | undefined>): Promise<boolean> => {
    setBusy(words);
    setNote('');
    const found = await work();
    setFault(found);
    setBusy('');
    return found === undefined;
  };
  useEffect(() => void attempt('Reading the list', refreshSavedRuns), []);

  const load = async (file: File | undefined) => {
    if (file === undefined || busy !== '') return;
    const controller = new AbortController();
    setLoading(controller);
    setShare(0);
    let cancelled = false;
    const loaded = await attempt(`Loading ${file.name}`, async () => {
      const found = await loadFromFile(file, {
        signal: controller.signal,
        onProgress: setShare,
      });
      cancelled = found === 'cancelled';
      return found === 'cancelled' ? undefined : found;
    });
    setLoading(undefined);
    if (loaded && !cancelled) close();
  };
  // Closing the dialog is no wish for another run.
  useEffect(() => () => loading?.abort(), [loading]);
  const save = () =>
    attempt('Writing the file', () =>
      saveToFile((kept, ruined) =>
        setNote(
          `Training went wrong by step ${formatCount(ruined)}. The file holds step ${formatCount(kept)}, the last good one.`,
        ),
      ),
    );
  const dropTarget = useDropTarget((transfer) => {
    try {
      void load(droppedFile(transfer));
    } catch (error) {
      setFault(error instanceof DropError ? error.fault : faultOf(error));
    }
  });
  return (
    <div className={styles.body} {...dropTarget}>
      {run && (
        <Rename
          key={run.runId + run.name}
          name={run.name}
          rename={(name) => attempt('Renaming', () => renameRun(name))}
        />
      )}
      <div className={styles.files}>
        <button type="button" disabled={!run || busy !== ''} onClick={() => void save()}>
          Save to file
        </button>
        <button type="button" disabled={busy !== ''} onClick={() => fileInput.current?.click()}>
          Load from file…
        </button>
        <input
          ref={fileInput}
          type="file"
          className={hidden.visually}
          tabIndex={-1}
          aria-label="Run file"
          aria-hidden="true"
          onChange={(event) => {
            void load(event.target.files?.[0]);
            event.target.value = '';
          }}
        />
        <span className={styles.hint} aria-live="polite">
          {busy === '' ? 'or drop a file here' : `${busy}…`}
        </span>
        {loading && (
          <>
            <progress value={share} aria-label="Loading the run file" />
            <button type="button" data-size="small" onClick={() => loading.abort()}>
              Cancel
            </button>
          </>
        )}
      </div>
      {fault && <FaultMessage fault={fault} />}
      {note !== '' && (
        <p className={styles.hint} role="status">
          {note}
        </p>
      )}
      {savedRuns.length === 0 ? (
        <p className={styles.empty}>
          No saved runs yet. A run is saved while it trains, at least every 30 seconds, and on Pause.
        </p>
      ) : (
        <ul className={styles.list}>
          {savedRuns.map((saved) => (
            <SavedRunItem
              key={saved.runId}
              saved={saved}
              openIn={saved.runId === run?.runId ? 'here' : elsewhere.has(saved.runId) ? 'elsewhere' : undefined}
              open={async () => {
                if (await attempt('Opening', () => openRun(saved.runId))) close();
              }}
              remove={() => void attempt('Deleting', () => deleteRun(saved.runId))}
            />
          ))}
        </ul>
      )}
      {storage && (
        <StorageUse
          storage={storage}
          removable={savedRuns.flatMap(({ runId }) => (runId === run?.runId || elsewhere.has(runId) ? [] : [runId]))}
          remove={(runIds) => void attempt('Deleting', () => deleteRuns(runIds))}
        />
      )}
    </div>
  );
}

function Rename({ name, rename }: { readonly name: string; readonly rename: (name: string) => Promise<boolean> }) {
  const id = useId();
  const [typed, setTyped] = useState(name);
  return (
    <form
      className={styles.rename}
      onSubmit={(event) => {
        event.preventDefault();
        void rename(typed.trim());
      }}
    >
      <label htmlFor={id}>Name of the open run</label>
      <input id={id} type="text" value={typed} maxLength={120} onChange={(event) => setTyped(event.target.value)} />
      <button type="submit" disabled={typed.trim() === '' || typed.trim() === name}>
        Rename
      </button>
    </form>
  );
}
