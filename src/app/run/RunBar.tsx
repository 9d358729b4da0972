// The bar at the top: name, run buttons, progress, backend, theme, and what there is to say about the run.
import { useLayoutEffect, useRef, type ReactNode } from 'react';
import hidden from '../hidden.module.css';
import { BackendSelect } from './BackendSelect.tsx';
import { RunButtons } from './RunButtons.tsx';
import { RunMessages } from './RunMessages.tsx';
import { RunsDialog } from './RunsDialog.tsx';
import { RunStatus } from './RunStatus.tsx';
import { ThemeToggle } from './ThemeToggle.tsx';
import { RUN_COPY } from './runCopy.ts';
import styles from './RunBar.module.css';

/** @param children what stays on screen with the bar (the tabs of a narrow screen). */
export function RunBar({ children }: { readonly children?: ReactNode }) {
  const header = useRef<HTMLElement>(null);
  useLayoutEffect(() => (header.current ? keepFocusClearOf(header.current) : undefined), []);
  return (
    <header ref={header} className={styles.header}>
      <div className={styles.bar}>
        <h1 className={styles.brand}>
          <svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
            <path d="M16 2l12 7v14l-12 7-12-7V9z" fill="none" stroke="currentColor" strokeWidth="2.4" />
            <path d="M4 9l12 7 12-7M16 16v14" fill="none" stroke="currentColor" strokeWidth="1.6" opacity=".75" />
            <circle cx="16" cy="16" r="3.4" fill="currentColor" />
          </svg>
          <span>Glassbox</span>
          <span className={hidden.visually}>: {RUN_COPY.tagline}</span>
        </h1>
        <RunsDialog />
        <RunButtons />
        <RunStatus />
        <BackendSelect />
        <ThemeToggle />
      </div>
      <RunMessages />
      {children}
    </header>
  );
}

/** Tells the page how much of its top the bar covers, so that what gets the focus scrolls clear of it (see theme.css). */
function keepFocusClearOf(header: HTMLElement): () => void {
  const measure = (): void => {
    const covers = getComputedStyle(header).position === 'sticky' ? header.offsetHeight : 0;
    document.documentElement.style.setProperty('--covered', `${covers}px`);
  };
  const resizing = new ResizeObserver(measure);
  resizing.observe(header);
  window.addEventListener('resize', measure);
  measure();
  return () => {
    resizing.disconnect();
    window.removeEventListener('resize', measure);
  };
}
