// A verdict by word and sign, so that no one depends on its colour.
import { VERDICTS } from './evidenceCopy.ts';
import styles from './EvidencePanel.module.css';
import type { VerdictKind } from './evidenceWords.ts';

const SIGNS: Readonly<Record<VerdictKind, string>> = { passed: '✓ ', failed: '✗ ', information: '' };

export function Verdict({ verdict }: { readonly verdict: VerdictKind }) {
  return (
    <span className={styles.word} data-verdict={verdict}>
      <span aria-hidden="true">{SIGNS[verdict]}</span>
      {VERDICTS[verdict]}
    </span>
  );
}
