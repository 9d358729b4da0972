// The beginning of the text with each token set apart: by alternating tints and an edge, its id on hover.
import { memo } from 'react';
import type { PreviewToken } from '../../protocol/messages.ts';
import { TokenPieces } from '../generate/TokenPieces.tsx';
import { quotedToken } from '../generate/tokenText.ts';
import styles from './DataPanel.module.css';

const MOST_SHOWN = 300;
/** How a preview spells the mark between documents. */
const END_OF_TEXT = '<|endoftext|>';

export const TokenPreview = memo(function TokenPreview({ tokens }: { readonly tokens: readonly PreviewToken[] }) {
  return (
    <figure className={styles.preview}>
      <figcaption>
        The text as tokens <span>(■ ends a document)</span>
      </figcaption>
      <div className={styles.tokens} dir="auto" tabIndex={0} role="group" aria-label="Beginning of the text as tokens">
        {tokens.slice(0, MOST_SHOWN).map(({ id, text }, index) => (
          // The list is only ever replaced as a whole, so positions are identities.
          // oxlint-disable-next-line react/no-array-index-key
          <span key={index} title={`${text === END_OF_TEXT ? 'End of text' : quotedToken(text)}: token ${id}`}>
            {text === END_OF_TEXT ? '■' : <TokenPieces text={text} />}
          </span>
        ))}
        {tokens.length > 0 && '…'}
      </div>
    </figure>
  );
});
