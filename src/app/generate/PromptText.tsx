// The prompt before a generated text: of a long one only the end, which the model reads, and how much lies before it.
import { memo } from 'react';
import type { PreviewToken } from '../../protocol/messages.ts';
import { counted } from '../charts/readableNumber.ts';
import { SAMPLE_COPY } from './generationCopy.ts';
import styles from './SampleText.module.css';
import { TokenPieces } from './TokenPieces.tsx';

const MOST_DRAWN = 1000;

interface PromptTextProps {
  readonly tokens: readonly PreviewToken[];
  /** Tokens of the prompt before these. */
  readonly before: number;
}

/** Memoised: while the text after it streams in, the prompt is left alone. */
export const PromptText = memo(function PromptText({ tokens, before: earlier }: PromptTextProps) {
  const cut = Math.max(0, tokens.length - MOST_DRAWN);
  const before = earlier + cut;
  return (
    <>
      {before > 0 && (
        <p className={styles.before} data-before={before}>
          {SAMPLE_COPY.promptBefore(counted(before, 'token'))}
        </p>
      )}
      <span className={styles.prompt}>
        {tokens.slice(cut).map((token, at) => (
          <span key={at}>
            <TokenPieces text={token.text} />
          </span>
        ))}
      </span>
    </>
  );
});
