// Every layer × head as a small picture: rows are layers, columns heads. One Tab stop; the arrow keys choose.
import { memo, useMemo, useRef, type KeyboardEvent } from 'react';
import type { AttentionLayer } from '../../protocol/messages.ts';
import { chooseAttention } from '../../state/attentionActions.ts';
import type { AttentionView } from '../../state/attentionStore.ts';
import { headPattern } from './attentionSummary.ts';
import { GRID_COPY, HEAD_PATTERNS } from './attentionCopy.ts';
import styles from './HeadGrid.module.css';
import { PixelCanvas } from './PixelCanvas.tsx';
import { weightImage } from './weightImage.ts';

interface HeadGridProps {
  readonly view: AttentionView;
  readonly ids: readonly number[];
  readonly layer: number;
  readonly head: number;
  readonly scale: Uint8ClampedArray;
  readonly gamma: number;
}

const THUMBNAIL_PIXELS = 64;
/** With more heads than this there is no room for words under the pictures. */
const MOST_HEADS_WITH_WORDS = 6;

export function HeadGrid({ view, ids, layer, head, scale, gamma }: HeadGridProps) {
  const grid = useRef<HTMLDivElement>(null);
  const { nHead, layers } = view;
  const onKeyDown = (event: KeyboardEvent) => {
    const moves: Record<string, [layer: number, head: number] | undefined> = {
      ArrowLeft: [layer, head - 1],
      ArrowRight: [layer, head + 1],
      ArrowUp: [layer - 1, head],
      ArrowDown: [layer + 1, head],
      Home: [layer, 0],
      End: [layer, nHead - 1],
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    const [nextLayer, nextHead] = [clamp(move[0], layers.length), clamp(move[1], nHead)];
    chooseAttention({ layer: nextLayer, head: nextHead });
    grid.current?.querySelector<HTMLElement>(`[data-head="${nextLayer}/${nextHead}"]`)?.focus();
  };
  return (
    <div
      ref={grid}
      className={styles.grid}
      role="group"
      aria-label={GRID_COPY.label}
      style={{ gridTemplateColumns: `auto repeat(${nHead}, minmax(24px, 112px))` }}
      onKeyDown={onKeyDown}
    >
      <span />
      {Array.from({ length: nHead }, (_, at) => (
        <span key={at} className={styles.columnName} aria-hidden="true">
          {nHead <= MOST_HEADS_WITH_WORDS ? GRID_COPY.column(at + 1) : at + 1}
        </span>
      ))}
      {layers.map((weights, row) => (
        <LayerRow
          key={row}
          row={row}
          nHead={nHead}
          weights={weights}
          ids={ids}
          chosenHead={row === layer ? head : undefined}
          scale={scale}
          gamma={gamma}
        />
      ))}
    </div>
  );
}

interface LayerRowProps {
  readonly row: number;
  readonly nHead: number;
  readonly weights: AttentionLayer | undefined;
  readonly ids: readonly number[];
  readonly chosenHead: number | undefined;
  readonly scale: Uint8ClampedArray;
  readonly gamma: number;
}

/** Memoised: layers come one after another, and only the new one is painted. */
const LayerRow = memo(function LayerRow({ row, nHead, weights, ids, chosenHead, scale, gamma }: LayerRowProps) {
  return (
    <>
      <span className={styles.rowName} aria-hidden="true">
        {row + 1}
      </span>
      {Array.from({ length: nHead }, (_, head) => (
        <HeadButton
          key={head}
          layer={row}
          head={head}
          weights={weights}
          ids={ids}
          chosen={head === chosenHead}
          words={nHead <= MOST_HEADS_WITH_WORDS}
          scale={scale}
          gamma={gamma}
        />
      ))}
    </>
  );
});

interface HeadButtonProps {
  readonly layer: number;
  readonly head: number;
  readonly weights: AttentionLayer | undefined;
  readonly ids: readonly number[];
  readonly chosen: boolean;
  readonly words: boolean;
  readonly scale: Uint8ClampedArray;
  readonly gamma: number;
}

function HeadButton({ layer, head, weights, ids, chosen, words, scale, gamma }: HeadButtonProps) {
  const image = useMemo(
    () => weights && weightImage(weights, head, scale, gamma, THUMBNAIL_PIXELS),
    [weights, head, scale, gamma],
  );
  const pattern = useMemo(() => weights && headPattern(weights, head, ids), [weights, head, ids]);
  const name = GRID_COPY.head(layer + 1, head + 1);
  const hint = pattern && HEAD_PATTERNS[pattern];
  return (
    <button
      type="button"
      className={styles.head}
      aria-label={hint === undefined ? name : `${name}, ${hint.label}`}
      aria-pressed={chosen}
      tabIndex={chosen ? 0 : -1}
      data-head={`${layer}/${head}`}
      onClick={() => chooseAttention({ layer, head })}
    >
      <span className={styles.picture}>{image && <PixelCanvas image={image} />}</span>
      {words && <span className={styles.hint}>{hint?.label ?? '\u00a0'}</span>}
    </button>
  );
}

function clamp(value: number, length: number): number {
  return Math.min(length - 1, Math.max(0, value));
}
