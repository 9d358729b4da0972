// One generated sample: the prompt, then each token tinted by its probability; pointer, keyboard or touch opens the
// card of a token's alternatives. A listbox, so that one Tab reaches it and the arrow keys walk its tokens.
import { memo, useId, useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react';
import type { GeneratedToken, PreviewToken } from '../../protocol/messages.ts';
import { counted, readableShare } from '../charts/readableNumber.ts';
import { AlternativesCard } from './AlternativesCard.tsx';
import { probabilityLevel } from './probabilityLevel.ts';
import styles from './SampleText.module.css';
import { focusToken, tokenAfterKey, tokenIndex, tokenOfEvent } from './tokenFocus.ts';
import { quotedToken, textPieces } from './tokenText.ts';

interface SampleTextProps {
  readonly name: string;
  readonly promptTokens: readonly PreviewToken[];
  readonly tokens: readonly GeneratedToken[];
  readonly writing: boolean;
}

interface OpenCard {
  readonly index: number;
  readonly anchor: HTMLElement;
}

export function SampleText({ name, promptTokens, tokens, writing }: SampleTextProps) {
  const [card, setCard] = useState<OpenCard>();
  const [focused, setFocused] = useState(0);
  const cardId = useId();
  const textBox = useRef<HTMLDivElement>(null);
  const followsEnd = useRef(true);

  // While it is written, the end stays in sight, unless the person has scrolled up to read.
  useLayoutEffect(() => {
    const element = textBox.current;
    if (element !== null && writing && followsEnd.current) element.scrollTop = element.scrollHeight;
  }, [tokens, writing]);

  const open = (target: EventTarget | null) => {
    const anchor = tokenOfEvent(target);
    setCard(anchor && { index: tokenIndex(anchor), anchor });
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key === 'Escape' && card !== undefined) {
      event.stopPropagation();
      setCard(undefined);
      return;
    }
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      open(event.target);
      return;
    }
    const next = tokenAfterKey(event.currentTarget, focused, event.key);
    if (next === undefined) return;
    event.preventDefault();
    focusToken(event.currentTarget, next);
  };

  const shown = card && tokens[card.index];
  const current = Math.min(focused, Math.max(0, tokens.length - 1));
  return (
    <>
      <div
        ref={textBox}
        className={styles.text}
        onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
          followsEnd.current = scrollTop + clientHeight >= scrollHeight - 8;
        }}
      >
        <span className={styles.prompt}>
          {promptTokens.map((token, at) => (
            <span key={at}>
              <TokenPieces text={token.text} />
            </span>
          ))}
        </span>
        {tokens.length > 0 && (
          <span
            role="listbox"
            tabIndex={-1}
            aria-label={`${name}: ${counted(tokens.length, 'generated token')}, arrow keys show the alternatives of each`}
            aria-orientation="horizontal"
            onKeyDown={onKeyDown}
            onPointerOver={(event) => event.pointerType === 'mouse' && open(event.target)}
            onPointerLeave={(event) => event.pointerType === 'mouse' && setCard(undefined)}
            onClick={(event) => open(event.target)}
            onFocus={(event) => {
              const token = tokenOfEvent(event.target);
              if (token === undefined) return;
              setFocused(tokenIndex(token));
              open(token);
            }}
            onBlur={() => setCard(undefined)}
          >
            {tokens.map((token, at) => (
              <TokenSpan
                key={at}
                index={at}
                token={token}
                tabbable={at === current}
                describedBy={at === card?.index ? cardId : undefined}
              />
            ))}
          </span>
        )}
        {writing && <span className={styles.caret} aria-hidden="true" />}
      </div>
      {card !== undefined && shown !== undefined && <AlternativesCard id={cardId} token={shown} anchor={card.anchor} />}
    </>
  );
}

interface TokenSpanProps {
  readonly index: number;
  readonly token: GeneratedToken;
  readonly tabbable: boolean;
  readonly describedBy: string | undefined;
}

/** Memoised: while a long text streams in, only the new tokens are drawn. */
const TokenSpan = memo(function TokenSpan({ index, token, tabbable, describedBy }: TokenSpanProps) {
  return (
    <span
      className={styles.token}
      role="option"
      aria-selected={describedBy !== undefined}
      aria-label={`${token.endOfText ? 'end of text' : quotedToken(token.text)}, ${readableShare(token.probability)}`}
      aria-describedby={describedBy}
      tabIndex={tabbable ? 0 : -1}
      data-token={index}
      data-level={probabilityLevel(token.probability)}
    >
      {token.endOfText ? <span className={styles.end}>end of text</span> : <TokenPieces text={token.text} />}
    </span>
  );
});

function TokenPieces({ text }: { readonly text: string }) {
  return textPieces(text).map((piece, at) =>
    piece.kind === 'text' ? (
      piece.text
    ) : (
      <span key={at}>
        <span className={styles.lineBreak} aria-hidden="true">
          ↵
        </span>
        <br />
      </span>
    ),
  );
}
