// A named region of the page that is folded away until asked for; its content is there all the time.
import type { ReactNode } from 'react';
import styles from './FoldedPanel.module.css';
import hidden from './hidden.module.css';
import { PanelBoundary } from './Panel.tsx';
import panel from './Panel.module.css';

interface FoldedPanelProps {
  /** The title. */
  readonly title: string;
  /** A few words beside the title: what one finds there. */
  readonly about: string;
  /** The region's accessible name, where it is not the title. */
  readonly label?: string;
  readonly children: ReactNode;
}

export function FoldedPanel({ title, about, label = title, children }: FoldedPanelProps) {
  return (
    <section aria-label={label} className={panel.panel}>
      <details className={styles.disclosure}>
        <summary>
          <h2>
            {title}
            <span className={hidden.visually}>:</span>
          </h2>{' '}
          <span>{about}</span>
        </summary>
        <PanelBoundary name={`The ${title.toLowerCase()}`}>
          <div className={styles.stack}>{children}</div>
        </PanelBoundary>
      </details>
    </section>
  );
}
