// A button that asks before it does what cannot be undone.
import { useState } from 'react';
import { RUNS_COPY } from './runCopy.ts';
import styles from './RunsDialog.module.css';

interface ConfirmedButtonProps {
  readonly label: string;
  /** For a screen reader, where the label alone does not say what goes. */
  readonly name?: string;
  readonly question: string;
  readonly confirm: string;
  readonly onConfirm: () => void;
}

export function ConfirmedButton({ label, name, question, confirm, onConfirm }: ConfirmedButtonProps) {
  const [asked, setAsked] = useState(false);
  if (!asked) {
    return (
      <button type="button" data-size="small" data-variant="quiet" aria-label={name} onClick={() => setAsked(true)}>
        {label}
      </button>
    );
  }
  return (
    <>
      <span className={styles.question}>{question}</span>
      <button
        type="button"
        data-size="small"
        onClick={() => {
          setAsked(false);
          onConfirm();
        }}
      >
        {confirm}
      </button>
      <button type="button" data-size="small" data-variant="quiet" onClick={() => setAsked(false)}>
        {RUNS_COPY.keep}
      </button>
    </>
  );
}
