// A button that copies a text, and says whether it could.
import { useEffect, useState, type ReactNode } from 'react';

const SAID_FOR_MS = 1600;

interface CopyButtonProps {
  readonly text: () => string;
  readonly title: string;
  /** The accessible name, where the words on it do not say enough. */
  readonly label?: string;
  readonly children: ReactNode;
}

export function CopyButton({ text, title, label, children }: CopyButtonProps) {
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
    <button type="button" data-size="small" aria-label={label} title={title} onClick={() => void copy()}>
      {{ idle: children, copied: 'Copied', failed: 'Not allowed' }[state]}
    </button>
  );
}
