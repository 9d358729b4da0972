// The beginning of the text with each token set apart: by alternating tints and an edge, its id on hover.
import { memo, type ReactNode } from 'react';
import type { PreviewToken } from '../../protocol/messages.ts';
import styles from './DataPanel.module.css';

const MOST_SHOWN = 300;
/** How a preview spells the mark between documents. */
const END_OF_TEXT = '<|endoftext|>';

/** White space made visible: a mark where a line ends, then the line's end itself. */
function readable(text: string): ReactNode {
  if (text === END_OF_TEXT) return '■';
  if (!/[\n\r\t]/.test(text)) return text;
  return text.replaceAll('\r', '␍').replaceAll('\t', '⇥\t').replaceAll('\n', '↵\n');
}

export const TokenPreview = memo(function TokenPreview({ tokens }: { readonly tokens: readonly PreviewToken[] }) {
  return (
    <figure className={styles.preview}>
      <figcaption>
        The text as tokens <span>(■ ends a document)</span>
      </figcaption>
      <div className={styles.tokens} tabIndex={0} role="group" aria-label="Beginning of the text as tokens">
        {tokens.slice(0, MOST_SHOWN).map(({ id, text }, index) => (
          // The list is only ever replaced as a whole, so positions are identities.
          // oxlint-disable-next-line react/no-array-index-key
          <span key={index} title={`${text === END_OF_TEXT ? 'End of text' : JSON.stringify(text)}: token ${id}`}>
            {readable(text)}
          </span>
        ))}
        {tokens.length > 0 && '…'}
      </div>
    </figure>
  );
});
