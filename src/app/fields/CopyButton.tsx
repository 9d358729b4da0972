// A button that copies a text, and says whether it could.
import { useEffect, useState, type ReactNode } from 'react';
import { ActionButton } from './ActionButton.tsx';

const SAID_FOR_MS = 1600;

interface CopyButtonProps {
  readonly text: () => string;
  readonly help?: string;
  /** The accessible name, where the words on it do not say enough. */
  readonly label?: string;
  readonly children: ReactNode;
}

export function CopyButton({ text, help, label, children }: CopyButtonProps) {
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle');
  useEffect(() => {
    if (state === 'idle') return;
    const timer = setTimeout(() => setState('idle'), SAID_FOR_MS);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      setState('copied');
    } catch {
      setState('failed');
    }
  };
  return (
    <ActionButton data-size="small" aria-label={label} help={help} onClick={() => void copy()}>
      {{ idle: children, copied: 'Copied', failed: 'Not allowed' }[state]}
    </ActionButton>
  );
}
