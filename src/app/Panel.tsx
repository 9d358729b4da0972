// A named region of the page with its title, and the boundary that keeps one panel's failure from the others.
import { Component, type ReactNode } from 'react';
import styles from './Panel.module.css';

export interface PanelProps {
  /** The region's accessible name and title. */
  readonly label: string;
  /** Stands at the right of the title. */
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

export function Panel({ label, aside, children }: PanelProps) {
  return (
    <section aria-label={label} className={styles.panel}>
      <header className={styles.header}>
        <h2>{label}</h2>
        {aside !== undefined && <div className={styles.aside}>{aside}</div>}
      </header>
      <PanelBoundary name={label}>{children}</PanelBoundary>
    </section>
  );
}

interface BoundaryProps {
  readonly name: string;
  readonly children: ReactNode;
}

/** Shows a sentence and a way on in place of a part of the page that failed to draw. */
export class PanelBoundary extends Component<BoundaryProps, { readonly message: string | undefined }> {
  override state: { readonly message: string | undefined } = { message: undefined };

  static getDerivedStateFromError(error: unknown) {
    return { message: error instanceof Error ? error.message : String(error) };
  }

  override render() {
    const { message } = this.state;
    if (message === undefined) return this.props.children;
    return (
      <div className={styles.failure} role="alert">
        <p>
          <strong>{this.props.name} could not be shown.</strong> The run is not affected. ({message})
        </p>
        <button type="button" onClick={() => this.setState({ message: undefined })}>
          Try again
        </button>
      </div>
    );
  }
}
