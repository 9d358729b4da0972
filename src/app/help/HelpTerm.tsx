// A word with an explanation: a dotted underline tells that there is one, and hover, focus or a press opens it.
import type { ReactNode } from 'react';
import styles from './Help.module.css';
import { useHelp } from './useHelp.tsx';

interface HelpTermProps {
  readonly help: string | undefined;
  readonly children: ReactNode;
}

export function HelpTerm({ help, children }: HelpTermProps) {
  const { anchor, helpId, bubble } = useHelp(help, { press: true });
  if (help === undefined) return children;
  return (
    <>
      <button {...anchor} type="button" className={styles.term} aria-describedby={helpId}>
        {children}
      </button>
      {bubble}
    </>
  );
}
