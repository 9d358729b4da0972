// A model's line as the charts draw it, for legends and cards; and the baseline's.
import styles from './ExperimentPanel.module.css';
import { BASELINE_DASH } from './experimentPlot.ts';
import type { VariantLook } from './variantLooks.ts';

export function VariantLine({ look: { id, dash, width } }: { readonly look: VariantLook }) {
  return (
    <svg className={styles.line} width="34" height="8" viewBox="0 0 34 8" aria-hidden="true" data-variant={id}>
      <line x1="0" x2="34" y1="4" y2="4" strokeWidth={width} strokeDasharray={dash.join(' ')} />
    </svg>
  );
}

export function BaselineLine() {
  return (
    <svg className={styles.line} width="34" height="8" viewBox="0 0 34 8" aria-hidden="true" data-variant="baseline">
      <line x1="0" x2="34" y1="4" y2="4" strokeDasharray={BASELINE_DASH.join(' ')} />
    </svg>
  );
}
