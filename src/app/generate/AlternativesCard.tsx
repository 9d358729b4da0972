// The card beside a generated token: what else the model considered there. Anchored to the token, never focused.
import { useRef } from 'react';
import { createPortal } from 'react-dom';
import type { GeneratedToken } from '../../protocol/messages.ts';
import { readableShare } from '../charts/readableNumber.ts';
import { AlternativeRow, rankedAlternatives } from './AlternativeRow.tsx';
import styles from './AlternativesCard.module.css';
import { ALTERNATIVES_COPY } from './generationCopy.ts';
import { landmarkOf, useAnchoredPlace } from './anchoredPlace.ts';
import { TokenName } from './TokenPieces.tsx';

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
        <TokenName text={token.text} endOfText={token.endOfText} />: {readableShare(token.probability)}
        <span className={styles.hint}>{ALTERNATIVES_COPY.atTemperature}</span>
      </p>
      <ol className={styles.list} aria-label={ALTERNATIVES_COPY.list}>
        {rows.map((row) => (
          <li key={row.id} data-chosen={row.chosen} className={row.apart ? styles.apart : undefined}>
            <AlternativeRow row={row} most={most} />
          </li>
        ))}
      </ol>
      {isReplaceable && <p className={styles.foot}>{ALTERNATIVES_COPY.foot}</p>}
    </div>,
    landmarkOf(anchor),
  );
}
