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
import { RUNS_COPY } from './runCopy.ts';
import styles from './RunsDialog.module.css';
import { SavedRunItem } from './SavedRunItem.tsx';
import { StorageUse } from './StorageUse.tsx';

export function RunsDialog() {
  const name = useRunStore((state) => state.run?.name);
  const [open, setOpen] = useState(false);
  return (
    <Dialog.Root open={open} onOpenChange={setOpen}>
      <Dialog.Trigger className={styles.trigger} data-variant="quiet">
        <span className={hidden.visually}>{RUNS_COPY.trigger}</span>
        <span className={styles.triggerName}>{name ?? RUNS_COPY.noRun}</span>
        <svg viewBox="0 0 10 6" width="9" height="6" aria-hidden="true">
          <path d="M1 1l4 4 4-4" fill="none" stroke="currentColor" strokeWidth="1.5" />
        </svg>
      </Dialog.Trigger>
      <Dialog.Portal>
        {/* Not the library’s: that one puts a style element into the page, which its policy forbids. */}
        <div className={styles.overlay} />
        <Dialog.Content className={styles.content}>
          <div className={styles.header}>
            <Dialog.Title className={styles.title}>{RUNS_COPY.title}</Dialog.Title>
            <Dialog.Close data-variant="quiet" data-size="small">
              {RUNS_COPY.close}
            </Dialog.Close>
          </div>
          <Dialog.Description className={styles.description}>{RUNS_COPY.description}</Dialog.Description>
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
  useEffect(() => void attempt(RUNS_COPY.work.list, refreshSavedRuns), []);

  const load = async (file: File | undefined) => {
    if (file === undefined || busy !== '') return;
    const controller = new AbortController();
    setLoading(controller);
    setShare(0);
    let cancelled = false;
    const loaded = await attempt(RUNS_COPY.work.load(file.name), async () => {
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
    attempt(RUNS_COPY.work.save, () =>
      saveToFile((kept, ruined) => setNote(RUNS_COPY.ruined(formatCount(ruined), formatCount(kept)))),
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
          rename={(name) => attempt(RUNS_COPY.work.rename, () => renameRun(name))}
        />
      )}
      <div className={styles.files}>
        <button type="button" disabled={!run || busy !== ''} onClick={() => void save()}>
          {RUNS_COPY.save}
        </button>
        <button type="button" disabled={busy !== ''} onClick={() => fileInput.current?.click()}>
          {RUNS_COPY.load}
        </button>
        <input
          ref={fileInput}
          type="file"
          className={hidden.visually}
          tabIndex={-1}
          aria-label={RUNS_COPY.file}
          aria-hidden="true"
          onChange={(event) => {
            void load(event.target.files?.[0]);
            event.target.value = '';
          }}
        />
        <span className={styles.hint} aria-live="polite">
          {busy === '' ? RUNS_COPY.drop : `${busy}…`}
        </span>
        {loading && (
          <>
            <progress value={share} aria-label={RUNS_COPY.loading} />
            <button type="button" data-size="small" onClick={() => loading.abort()}>
              {RUNS_COPY.cancel}
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
        <p className={styles.empty}>{RUNS_COPY.none}</p>
      ) : (
        <ul className={styles.list}>
          {savedRuns.map((saved) => (
            <SavedRunItem
              key={saved.runId}
              saved={saved}
              openIn={saved.runId === run?.runId ? 'here' : elsewhere.has(saved.runId) ? 'elsewhere' : undefined}
              open={async () => {
                if (await attempt(RUNS_COPY.work.open, () => openRun(saved.runId))) close();
              }}
              remove={() => void attempt(RUNS_COPY.work.remove, () => deleteRun(saved.runId))}
            />
          ))}
        </ul>
      )}
      {storage && (
        <StorageUse
          storage={storage}
          removable={savedRuns.flatMap(({ runId }) => (runId === run?.runId || elsewhere.has(runId) ? [] : [runId]))}
          remove={(runIds) => void attempt(RUNS_COPY.work.remove, () => deleteRuns(runIds))}
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
      <label htmlFor={id}>{RUNS_COPY.name}</label>
      <input id={id} type="text" value={typed} maxLength={120} onChange={(event) => setTyped(event.target.value)} />
      <button type="submit" disabled={typed.trim() === '' || typed.trim() === name}>
        {RUNS_COPY.rename}
      </button>
    </form>
  );
}
