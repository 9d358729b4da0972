// The card beside a generated token: what else the model considered there. Anchored to the token, never focused.
import { useLayoutEffect, useRef, useState } from 'react';
import { createPortal } from 'react-dom';
import type { GeneratedToken } from '../../protocol/messages.ts';
import { readableShare } from '../charts/readableNumber.ts';
import styles from './AlternativesCard.module.css';
import { quotedToken } from './tokenText.ts';

interface AlternativesCardProps {
  readonly id: string;
  readonly token: GeneratedToken;
  readonly anchor: HTMLElement;
}

const GAP_PX = 6;

export function AlternativesCard({ id, token, anchor }: AlternativesCardProps) {
  const card = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState({ left: -9999, top: 0 });

  useLayoutEffect(() => {
    const stand = () => {
      const element = card.current;
      // A token that wraps has several boxes; the card stands by its first.
      const box = anchor.getClientRects()[0];
      if (element === null || box === undefined) return;
      const { offsetWidth: width, offsetHeight: height } = element;
      const left = Math.max(8, Math.min(box.left, document.documentElement.clientWidth - width - 8));
      const below = box.bottom + GAP_PX;
      const fitsBelow = below + height <= window.innerHeight - 8;
      setPlace({ left, top: fitsBelow ? below : Math.max(8, box.top - GAP_PX - height) });
    };
    stand();
    window.addEventListener('scroll', stand, true);
    window.addEventListener('resize', stand);
    return () => {
      window.removeEventListener('scroll', stand, true);
      window.removeEventListener('resize', stand);
    };
  }, [anchor, token]);

  const listed = token.alternatives.some(({ id: other }) => other === token.id);
  const most = Math.max(token.probability, ...token.alternatives.map(({ probability }) => probability), 1e-9);
  const rows = [
    ...token.alternatives.map((alternative) => ({ ...alternative, chosen: alternative.id === token.id })),
    ...(listed ? [] : [{ id: token.id, text: token.text, probability: token.probability, chosen: true }]),
  ];
  return createPortal(
    <div ref={card} id={id} role="tooltip" className={styles.card} style={place}>
      <p className={styles.head}>
        {token.endOfText ? 'End of text' : quotedToken(token.text)}: {readableShare(token.probability)}
        <span className={styles.hint}> at temperature 1</span>
      </p>
      <ol className={styles.list} aria-label="Most probable tokens here">
        {rows.map((row, at) => (
          <li
            key={row.id}
            data-chosen={row.chosen}
            className={!listed && at === rows.length - 1 ? styles.apart : undefined}
          >
            <span className={styles.name}>{quotedToken(row.text)}</span>
            <span className={styles.track} aria-hidden="true">
              <span style={{ width: `${(100 * row.probability) / most}%` }} />
            </span>
            <span className={styles.share}>{readableShare(row.probability)}</span>
            <span className={styles.mark}>{row.chosen ? 'chosen' : ''}</span>
          </li>
        ))}
      </ol>
    </div>,
    document.body,
  );
}
