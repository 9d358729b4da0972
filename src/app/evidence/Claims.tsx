// What is claimed of the numbers, and how each claim is checked.
import { CLAIMS } from './evidenceCopy.ts';
import styles from './EvidencePanel.module.css';

export function Claims() {
  return (
    <ol className={styles.claims}>
      {CLAIMS.map(({ claim, check }) => (
        <li key={claim}>
          <strong>{claim}</strong> {check}
        </li>
      ))}
    </ol>
  );
}
