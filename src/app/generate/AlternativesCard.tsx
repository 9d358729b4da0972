// The card beside a generated token: what else the model considered there. Anchored to the token, never focused.
import { useRef } from 'react';
import { createPortal } from 'react-dom';
import type { GeneratedToken } from '../../protocol/messages.ts';
import { readableShare } from '../charts/readableNumber.ts';
import { AlternativeRow, rankedAlternatives } from './AlternativeRow.tsx';
import styles from './AlternativesCard.module.css';
import { useAnchoredPlace } from './anchoredPlace.ts';
import { quotedToken } from './tokenText.ts';

interface AlternativesCardProps {
  readonly id: string;
  readonly token: GeneratedToken;
  readonly anchor: HTMLElement;
  /** Whether a click opens the choice of another token. */
  readonly isReplaceable: boolean;
}

export function AlternativesCard({ id, token, anchor, isReplaceable }: AlternativesCardProps) {
  const card = useRef<HTMLDivElement>(null);
  const place = useAnchoredPlace(card, anchor, token);
  const rows = rankedAlternatives(token);
  const most = Math.max(...rows.map(({ probability }) => probability));
  return createPortal(
    <div ref={card} id={id} role="tooltip" className={styles.card} style={place}>
      <p className={styles.head}>
        {token.endOfText ? 'End of text' : quotedToken(token.text)}: {readableShare(token.probability)}
        <span className={styles.hint}> at temperature 1</span>
      </p>
      <ol className={styles.list} aria-label="Most probable tokens here">
        {rows.map((row) => (
          <li key={row.id} data-chosen={row.chosen} className={row.apart ? styles.apart : undefined}>
            <AlternativeRow row={row} most={most} />
          </li>
        ))}
      </ol>
      {isReplaceable && <p className={styles.foot}>Click or Enter: put another here</p>}
    </div>,
    document.body,
  );
}
