// The choice of another token in place of a generated one: the text is then generated again from there. A menu anchored to
// the token; it takes the focus and gives it back.
import { useEffect, useRef, type KeyboardEvent } from 'react';
import { createPortal } from 'react-dom';
import type { GeneratedToken, TokenAlternative } from '../../protocol/messages.ts';
import { AlternativeRow, rankedAlternatives } from './AlternativeRow.tsx';
import styles from './AlternativesCard.module.css';
import { ALTERNATIVES_COPY } from './generationCopy.ts';
import { landmarkOf, useAnchoredPlace } from './anchoredPlace.ts';
import { quotedToken } from './tokenText.ts';

interface AlternativesMenuProps {
  readonly token: GeneratedToken;
  readonly anchor: HTMLElement;
  readonly onChoose: (alternative: TokenAlternative) => void;
  readonly onClose: () => void;
}

export function AlternativesMenu({ token, anchor, onChoose, onClose }: AlternativesMenuProps) {
  const card = useRef<HTMLDivElement>(null);
  const place = useAnchoredPlace(card, anchor, token);
  const rows = rankedAlternatives(token);
  const most = Math.max(...rows.map(({ probability }) => probability));
  const items = (): HTMLElement[] => [...(card.current?.querySelectorAll<HTMLElement>('[role="menuitemradio"]') ?? [])];

  useEffect(() => {
    const list = items();
    (list.find((item) => item.getAttribute('aria-checked') === 'true') ?? list[0])?.focus({ preventScroll: true });
  }, []);
  useEffect(() => {
    const onPointerDown = (event: PointerEvent) => {
      if (!(event.target instanceof Node) || !card.current?.contains(event.target)) onClose();
    };
    document.addEventListener('pointerdown', onPointerDown);
    return () => document.removeEventListener('pointerdown', onPointerDown);
  }, [onClose]);

  const leave = () => {
    anchor.focus({ preventScroll: true });
    onClose();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // The key that opened the menu, still held down, chooses nothing.
    if (event.repeat && (event.key === 'Enter' || event.key === ' ')) event.preventDefault();
    const list = items();
    const at = list.findIndex((item) => item === document.activeElement);
    const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 };
    const next = steps[event.key];
    if (next !== undefined) {
      event.preventDefault();
      list.at(next % list.length)?.focus();
    } else if (event.key === 'Escape' || event.key === 'Tab') {
      event.preventDefault();
      event.stopPropagation();
      leave();
    }
  };

  return createPortal(
    <div
      ref={card}
      role="menu"
      tabIndex={-1}
      aria-label={ALTERNATIVES_COPY.menu(token.endOfText ? ALTERNATIVES_COPY.endOfTextInList : quotedToken(token.text))}
      className={`${styles.card} ${styles.menu}`}
      style={place}
      onKeyDown={onKeyDown}
    >
      <p className={styles.head} role="presentation">
        {ALTERNATIVES_COPY.menuTitle}
      </p>
      <div className={styles.list} role="presentation">
        {rows.map((row) => (
          <button
            key={row.id}
            type="button"
            role="menuitemradio"
            aria-checked={row.chosen}
            tabIndex={-1}
            data-chosen={row.chosen}
            className={row.apart ? styles.apart : undefined}
            onClick={() => {
              onChoose(row);
              leave();
            }}
          >
            <AlternativeRow row={row} most={most} />
          </button>
        ))}
      </div>
    </div>,
    landmarkOf(anchor),
  );
}
