// A verdict by word and sign, so that no one depends on its colour.
import styles from './EvidencePanel.module.css';

const SIGNS: Readonly<Record<string, string>> = { passed: '✓ ', failed: '✗ ' };

export function Verdict({ words }: { readonly words: string }) {
  return (
    <span className={styles.word} data-verdict={words}>
      <span aria-hidden="true">{SIGNS[words] ?? ''}</span>
      {words}
    </span>
  );
}
