// One generated sample: the prompt, then each token tinted by its probability; pointer, keyboard or touch opens the
// card of a token's alternatives, and where the text can be generated again, a click or Enter the choice among them.
// A listbox, so that one Tab reaches it and the arrow keys walk its tokens.
import { memo, useCallback, useId, useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react';
import type { GeneratedToken, PreviewToken, TokenAlternative } from '../../protocol/messages.ts';
import { counted, readableShare } from '../charts/readableNumber.ts';
import { AlternativesCard } from './AlternativesCard.tsx';
import { AlternativesMenu } from './AlternativesMenu.tsx';
import { SAMPLE_COPY } from './generationCopy.ts';
import { probabilityLevel } from './probabilityLevel.ts';
import styles from './SampleText.module.css';
import type { StopCut } from './stoppedText.ts';
import { PromptText } from './PromptText.tsx';
import { focusToken, tokenAfterKey, tokenIndex, tokenOfEvent } from './tokenFocus.ts';
import { TokenName, TokenPieces } from './TokenPieces.tsx';
import { quotedToken } from './tokenText.ts';

interface SampleTextProps {
  readonly name: string;
  readonly promptTokens: readonly PreviewToken[];
  /** Tokens of the prompt before these. */
  readonly promptBefore: number;
  readonly tokens: readonly GeneratedToken[];
  readonly writing: boolean;
  /** Where a stop string has ended the text. */
  readonly cut: StopCut | undefined;
  /** Puts another token in a place and continues from there; undefined where that is not possible. */
  readonly onReplace: ((index: number, chosen: TokenAlternative) => void) | undefined;
}

/** Generated tokens drawn at once, and by how many the first of them moves on: what stays drawn keeps its place. */
const MOST_DRAWN = 2000;
const DRAWN_STEP = 500;

const drawnFrom = (count: number): number => Math.max(0, Math.ceil((count - MOST_DRAWN) / DRAWN_STEP) * DRAWN_STEP);

interface OpenCard {
  readonly index: number;
  readonly anchor: HTMLElement;
  /** A choice to be made, not only something to be read. */
  readonly isMenu: boolean;
}

export function SampleText({ name, promptTokens, promptBefore, tokens, writing, cut, onReplace }: SampleTextProps) {
  const [card, setCard] = useState<OpenCard>();
  const [focused, setFocused] = useState(0);
  const [earlier, setEarlier] = useState(0);
  const cardId = useId();
  const textBox = useRef<HTMLDivElement>(null);
  const followsEnd = useRef(true);
  const close = useCallback(() => setCard(undefined), []);

  // While it is written, the end stays in sight, unless the user has scrolled up to read.
  useLayoutEffect(() => {
    const element = textBox.current;
    if (element !== null && writing && followsEnd.current) element.scrollTop = element.scrollHeight;
  }, [tokens, writing]);

  const open = (target: EventTarget | null, isMenu: boolean) => {
    const anchor = tokenOfEvent(target);
    setCard(anchor && { index: tokenIndex(anchor), anchor, isMenu });
  };
  /** What is only read gives way to the menu. */
  const peek = (target: EventTarget | null) => {
    if (card?.isMenu !== true) open(target, false);
  };
  const hide = () => {
    if (card?.isMenu !== true) close();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key === 'Escape' && card !== undefined) {
      event.stopPropagation();
      close();
      return;
    }
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      open(event.target, onReplace !== undefined);
      return;
    }
    const next = tokenAfterKey(event.currentTarget, focused, event.key);
    if (next === undefined) return;
    event.preventDefault();
    focusToken(event.currentTarget, next);
  };

  const shown = card && tokens[card.index];
  // What lies far before the end is drawn when it is asked for, so that a text of any length can be written.
  const from = Math.max(0, drawnFrom(tokens.length) - earlier);
  const current = Math.max(from, Math.min(focused, Math.max(0, tokens.length - 1)));
  return (
    <>
      <div
        ref={textBox}
        className={styles.text}
        dir="auto"
        onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
          followsEnd.current = scrollTop + clientHeight >= scrollHeight - 8;
        }}
      >
        <PromptText tokens={promptTokens} before={promptBefore} />
        {from > 0 && (
          <p className={styles.before}>
            {SAMPLE_COPY.notDrawn(counted(from, 'earlier token'))}{' '}
            <button type="button" data-size="small" onClick={() => setEarlier(earlier + MOST_DRAWN)}>
              {SAMPLE_COPY.showEarlier}
            </button>
          </p>
        )}
        {tokens.length > 0 && (
          <span
            role="listbox"
            tabIndex={-1}
            aria-label={SAMPLE_COPY.listbox(name, counted(tokens.length, 'generated token'), onReplace !== undefined)}
            aria-orientation="horizontal"
            onKeyDown={onKeyDown}
            onPointerOver={(event) => event.pointerType === 'mouse' && peek(event.target)}
            onPointerLeave={(event) => event.pointerType === 'mouse' && hide()}
            onClick={(event) => open(event.target, onReplace !== undefined)}
            onFocus={(event) => {
              const token = tokenOfEvent(event.target);
              if (token === undefined) return;
              setFocused(tokenIndex(token));
              peek(token);
            }}
            onBlur={hide}
          >
            {tokens.slice(from).map((token, offset) => {
              const at = from + offset;
              return (
                <TokenSpan
                  key={at}
                  index={at}
                  token={token}
                  tabbable={at === current}
                  describedBy={at === card?.index && !card.isMenu ? cardId : undefined}
                  isOpen={at === card?.index}
                  kept={cut === undefined || at < cut.index ? undefined : at === cut.index ? cut.before : ''}
                />
              );
            })}
          </span>
        )}
        {cut !== undefined && (
          <span className={styles.end}>
            {SAMPLE_COPY.stopString} <TokenName text={cut.stop} />
          </span>
        )}
        {writing && <span className={styles.caret} aria-hidden="true" />}
      </div>
      {card !== undefined &&
        shown !== undefined &&
        (card.isMenu && onReplace !== undefined ? (
          <AlternativesMenu
            token={shown}
            anchor={card.anchor}
            onChoose={(chosen) => onReplace(card.index, chosen)}
            onClose={close}
          />
        ) : (
          <AlternativesCard id={cardId} token={shown} anchor={card.anchor} isReplaceable={onReplace !== undefined} />
        ))}
    </>
  );
}

interface TokenSpanProps {
  readonly index: number;
  readonly token: GeneratedToken;
  readonly tabbable: boolean;
  readonly describedBy: string | undefined;
  readonly isOpen: boolean;
  /** What of its text stands before a stop string; undefined where there is none. */
  readonly kept: string | undefined;
}

/** Memoised: while a long text streams in, only the new tokens are drawn. */
const TokenSpan = memo(function TokenSpan({ index, token, tabbable, describedBy, isOpen, kept }: TokenSpanProps) {
  const beyond = kept === undefined ? '' : token.decoded.slice(kept.length);
  return (
    <span
      className={styles.token}
      role="option"
      aria-selected={isOpen}
      aria-label={`${token.endOfText ? SAMPLE_COPY.endOfText : quotedToken(token.text)}, ${readableShare(token.probability)}${kept === undefined ? '' : SAMPLE_COPY.inStopString}`}
      aria-describedby={describedBy}
      tabIndex={tabbable ? 0 : -1}
      data-token={index}
      data-level={probabilityLevel(token.probability)}
    >
      {token.endOfText && <span className={styles.end}>{SAMPLE_COPY.endOfText}</span>}
      {!token.endOfText && <TokenPieces text={kept ?? token.text} />}
      {beyond !== '' && (
        <span className={styles.beyond}>
          <TokenPieces text={beyond} />
        </span>
      )}
    </span>
  );
});
