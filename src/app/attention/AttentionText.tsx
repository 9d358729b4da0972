// The text with arcs: choosing a token shows what it attends to (above) and what attends to it (below), as curves and lists.
import { memo, useLayoutEffect, useRef, useState, type KeyboardEvent, type RefObject } from 'react';
import type { AttentionLayer, PreviewToken } from '../../protocol/messages.ts';
import { chooseAttention } from '../../state/attentionActions.ts';
import { readableShare } from '../charts/readableNumber.ts';
import { formatCount } from '../formatNumber.ts';
import { focusToken, tokenAfterKey, tokenIndex, tokenOfEvent } from '../generate/tokenFocus.ts';
import { boxOnMainLine, type TokenBox } from '../generate/tokenBox.ts';
import { TokenName, TokenPieces } from '../generate/TokenPieces.tsx';
import { quotedToken, tokenInText } from '../generate/tokenText.ts';
import { arcPath, arcWeight, type ArcSide } from './arcs.ts';
import { attendedToBy, attendsTo, type TokenWeight } from './attentionSummary.ts';
import { TEXT_COPY } from './attentionCopy.ts';
import styles from './AttentionText.module.css';

interface AttentionTextProps {
  readonly layer: AttentionLayer;
  readonly head: number;
  readonly tokens: readonly PreviewToken[];
  /** How many of the tokens shown are the prompt. */
  readonly promptLength: number;
  readonly chosen: number | undefined;
}

const MOST_ARCS = 12;
const LEAST_WEIGHT_OF_AN_ARC = 0.02;
const LISTED = 5;

export function AttentionText({ layer, head, tokens, promptLength, chosen }: AttentionTextProps) {
  const box = useRef<HTMLDivElement>(null);
  const [pointed, setPointed] = useState<number>();
  const boxes = useTokenBoxes(box, tokens);
  const windowBox = useRef<HTMLDivElement>(null);
  const chosenBox = chosen === undefined ? undefined : boxes[chosen];

  // Brings a token chosen elsewhere (in the matrix, or the last of a new text) into sight, without moving the page.
  useLayoutEffect(() => {
    const element = windowBox.current;
    if (element === null || chosenBox === undefined) return;
    const { scrollTop, clientHeight } = element;
    const inSight = chosenBox.top >= scrollTop && chosenBox.top + chosenBox.height <= scrollTop + clientHeight;
    if (!inSight) element.scrollTop = chosenBox.top - clientHeight / 2;
  }, [chosenBox]);
  const shown = Math.min(pointed ?? chosen ?? tokens.length - 1, tokens.length - 1);
  const looks = attendsTo(layer, head, shown, MOST_ARCS);
  const lookers = attendedToBy(layer, head, shown, MOST_ARCS);
  const tabbable = chosen ?? tokens.length - 1;

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const next = tokenAfterKey(event.currentTarget, tabbable, event.key);
    if (next === undefined) return;
    event.preventDefault();
    setPointed(undefined);
    chooseAttention({ token: next });
    focusToken(event.currentTarget, next);
  };
  return (
    <div className={styles.whole}>
      <div ref={windowBox} className={styles.window}>
        <div
          ref={box}
          className={styles.text}
          dir="auto"
          role="listbox"
          tabIndex={-1}
          aria-label={TEXT_COPY.tokens}
          aria-orientation="horizontal"
          onKeyDown={onKeyDown}
          onPointerOver={(event) => {
            const token = event.pointerType === 'mouse' ? tokenOfEvent(event.target) : undefined;
            if (token !== undefined) setPointed(tokenIndex(token));
          }}
          onPointerLeave={() => setPointed(undefined)}
          onClick={(event) => {
            const token = tokenOfEvent(event.target);
            if (token !== undefined) chooseAttention({ token: tokenIndex(token) });
          }}
        >
          {tokens.map((token, at) => (
            <AttentionToken
              key={at}
              index={at}
              text={token.text}
              isChosen={at === chosen}
              isShown={at === shown}
              isTabbable={at === tabbable}
              isPrompt={at < promptLength}
            />
          ))}
          <svg className={styles.arcs} aria-hidden="true">
            <Arcs side="below" from={shown} weights={lookers.filter(({ token }) => token !== shown)} boxes={boxes} />
            <Arcs side="above" from={shown} weights={looks} boxes={boxes} />
          </svg>
        </div>
      </div>
      <div className={styles.lists}>
        <LooksList side="above" of={tokens[shown]} title={TEXT_COPY.attendsTo} weights={looks} tokens={tokens} />
        <LooksList side="below" title={TEXT_COPY.attendedToBy} weights={lookers} tokens={tokens} />
      </div>
    </div>
  );
}

interface AttentionTokenProps {
  readonly index: number;
  readonly text: string;
  readonly isChosen: boolean;
  readonly isShown: boolean;
  readonly isTabbable: boolean;
  readonly isPrompt: boolean;
}

/** Memoised: pointing changes two tokens of many. A plain inline box, so that the letters of a script join across tokens. */
const AttentionToken = memo(function AttentionToken(props: AttentionTokenProps) {
  const { index, text } = props;
  const shown = tokenInText(text);
  return (
    <>
      <span
        role="option"
        aria-selected={props.isChosen}
        aria-label={quotedToken(text)}
        tabIndex={props.isTabbable ? 0 : -1}
        className={styles.token}
        data-token={index}
        data-shown={props.isShown}
        data-prompt={props.isPrompt}
      >
        <TokenPieces text={shown.text} breaks={false} />
        {shown.length !== undefined && <bdi className={styles.length}>{formatCount(shown.length)}</bdi>}
      </span>
      {/[\r\n]/.test(text) && <br />}
    </>
  );
});

interface ArcsProps {
  readonly side: ArcSide;
  readonly from: number;
  readonly weights: readonly TokenWeight[];
  readonly boxes: readonly (TokenBox | undefined)[];
}

function Arcs({ side, from, weights, boxes }: ArcsProps) {
  const start = boxes[from];
  if (start === undefined) return null;
  return weights.toReversed().map(({ token, weight }) => {
    const end = boxes[token];
    if (end === undefined || weight < LEAST_WEIGHT_OF_AN_ARC) return null;
    const { width, opacity } = arcWeight(weight);
    return <path key={token} data-side={side} d={arcPath(start, end, side)} strokeWidth={width} opacity={opacity} />;
  });
}

interface LooksListProps {
  readonly side: ArcSide;
  /** The token that the title begins with. */
  readonly of?: PreviewToken | undefined;
  readonly title: string;
  readonly weights: readonly TokenWeight[];
  readonly tokens: readonly PreviewToken[];
}

function LooksList({ side, of, title, weights, tokens }: LooksListProps) {
  return (
    <div className={styles.list} data-side={side}>
      <h4>
        <svg width="22" height="8" aria-hidden="true">
          <path d="M0 4H22" data-side={side} strokeWidth="2.5" />
        </svg>
        <span>
          {of !== undefined && <TokenName text={of.text} />} {title}
        </span>
      </h4>
      <ol data-attention={side} aria-label={of === undefined ? title : `${quotedToken(of.text)} ${title}`}>
        {weights.slice(0, LISTED).map(({ token, weight }) => (
          <li key={token}>
            <span className={styles.name}>
              <TokenName text={tokens[token]?.text ?? ''} /> <small>{token + 1}</small>
            </span>
            <span className={styles.meter} aria-hidden="true">
              <span style={{ width: `${100 * weight}%` }} />
            </span>
            <span className={styles.share}>{readableShare(weight)}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}

/** Boxes of the tokens within the text, measured again when the text or its width changes. */
function useTokenBoxes(
  box: RefObject<HTMLElement | null>,
  tokens: readonly PreviewToken[],
): readonly (TokenBox | undefined)[] {
  const [boxes, setBoxes] = useState<readonly (TokenBox | undefined)[]>([]);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const measure = () => {
      const origin = element.getBoundingClientRect();
      setBoxes(
        [...element.querySelectorAll<HTMLElement>('[data-token]')].map((token) =>
          boxOnMainLine(
            Array.from(token.getClientRects(), ({ left, top, width, height }) => ({
              left: left - origin.left,
              top: top - origin.top,
              width,
              height,
            })),
          ),
        ),
      );
    };
    const resizing = new ResizeObserver(measure);
    resizing.observe(element);
    measure();
    return () => resizing.disconnect();
  }, [box, tokens]);
  return boxes;
}
