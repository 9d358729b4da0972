// The start of the text with each token set apart, by alternating tints and an edge. Pointing at one, tapping it or walking
// there with the arrow keys tells its id.
import { memo, useState, type KeyboardEvent } from 'react';
import type { PreviewToken } from '../../protocol/messages.ts';
import { formatCount } from '../formatNumber.ts';
import { PREVIEW_COPY } from './dataCopy.ts';
import { tokenIndex, tokenOfEvent } from '../generate/tokenFocus.ts';
import { TokenPieces } from '../generate/TokenPieces.tsx';
import { quotedToken } from '../generate/tokenText.ts';
import styles from './DataPanel.module.css';

const MOST_SHOWN = 300;
/** How a preview spells the token between documents. */
const END_OF_TEXT = '<|endoftext|>';

const nameOf = ({ text }: PreviewToken): string => (text === END_OF_TEXT ? PREVIEW_COPY.endOfText : quotedToken(text));

export const TokenPreview = memo(function TokenPreview({ tokens }: { readonly tokens: readonly PreviewToken[] }) {
  const [pointed, setPointed] = useState<number>();
  const shown = tokens.slice(0, MOST_SHOWN);
  const token = pointed === undefined ? undefined : shown[pointed];
  const point = (target: EventTarget) => {
    const token = tokenOfEvent(target);
    if (token !== undefined) setPointed(tokenIndex(token));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    setPointed(Math.min(shown.length - 1, Math.max(0, (pointed ?? -1) + step)));
  };
  return (
    <figure className={styles.preview}>
      <figcaption>
        {PREVIEW_COPY.title}{' '}
        <span aria-live="polite" data-testid="token-id">
          {token === undefined ? PREVIEW_COPY.hint : PREVIEW_COPY.token(nameOf(token), formatCount(token.id))}
        </span>
      </figcaption>
      <div
        className={styles.tokens}
        dir="auto"
        tabIndex={0}
        role="group"
        aria-label={PREVIEW_COPY.label}
        onPointerOver={({ target }) => point(target)}
        onClick={({ target }) => point(target)}
        onKeyDown={onKeyDown}
      >
        {shown.map(({ text }, index) => (
          // The list is only ever replaced as a whole, so positions are identities.
          // oxlint-disable-next-line react/no-array-index-key
          <span key={index} data-token={index} data-pointed={index === pointed || undefined}>
            {text === END_OF_TEXT ? PREVIEW_COPY.endOfText : <TokenPieces text={text} />}
          </span>
        ))}
        {tokens.length > 0 && '…'}
      </div>
    </figure>
  );
});
