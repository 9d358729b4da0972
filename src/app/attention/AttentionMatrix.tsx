// One head enlarged: rows are the tokens that attend, columns the tokens attended to. Scrolls and zooms; pointer and
// arrow keys read single cells; choosing a cell chooses its row's token for the text above.
import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type PointerEvent,
} from 'react';
import type { AttentionLayer, PreviewToken } from '../../protocol/messages.ts';
import { chooseAttention } from '../../state/attentionActions.ts';
import controls from '../charts/controls.module.css';
import { counted, readableShare } from '../charts/readableNumber.ts';
import { useThemeColours } from '../charts/themeColours.ts';
import { TokenName } from '../generate/TokenPieces.tsx';
import { quotedToken, tokenLabel } from '../generate/tokenText.ts';
import hidden from '../hidden.module.css';
import { MATRIX_COPY, TEXT_COPY } from './attentionCopy.ts';
import styles from './AttentionMatrix.module.css';
import { attendersOf, viewOf, viewSentence, weightAt } from './attentionSummary.ts';
import { drawMatrix, type Cell } from './matrixDrawing.ts';
import { defaultCell, fittingCell, scrollToShow, zoomedCell } from './matrixLayout.ts';
import { paintImage } from './PixelCanvas.tsx';
import { luminanceAt, scaleStep } from './sequentialScale.ts';
import { useMatrixGestures } from './useMatrixGestures.ts';
import { weightImage } from './weightImage.ts';

interface AttentionMatrixProps {
  readonly layer: AttentionLayer;
  readonly head: number;
  readonly tokens: readonly PreviewToken[];
  readonly chosenRow: number | undefined;
  readonly scale: Uint8ClampedArray;
  readonly gamma: number;
}

const LABEL_SPACE_PX = 74;
const TALLEST_PX = 460;
const ZOOM_STEP = 1.35;

export function AttentionMatrix({ layer, head, tokens, chosenRow, scale, gamma }: AttentionMatrixProps) {
  const viewport = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [space, setSpace] = useState({ width: 0, height: 0 });
  /** Undefined: the size to begin with. */
  const [chosenCellPx, setChosenCellPx] = useState<number>();
  const [cell, setCell] = useState<Cell>();
  const [spoken, setSpoken] = useState('');
  const colours = useThemeColours();

  const count = tokens.length;
  const room = Math.max(1, space.width - LABEL_SPACE_PX);
  const cellPx = zoomedCell(chosenCellPx ?? defaultCell(count, room), 1, count, room);
  const side = LABEL_SPACE_PX + Math.ceil(cellPx * count);
  const labels = useMemo(() => tokens.map((token) => tokenLabel(token.text)), [tokens]);
  const image = useMemo(() => {
    const picture = document.createElement('canvas');
    paintImage(picture, weightImage(layer, head, scale, gamma, Number.POSITIVE_INFINITY));
    return picture;
  }, [layer, head, scale, gamma]);

  const draw = useCallback(() => {
    const [box, element] = [viewport.current, canvas.current];
    const context = element?.getContext('2d');
    if (!box || !element || !context) return;
    const widthPx = Math.min(side, box.clientWidth);
    const heightPx = Math.min(side, box.clientHeight);
    const pixels = devicePixelRatio;
    element.width = Math.round(widthPx * pixels);
    element.height = Math.round(heightPx * pixels);
    element.style.width = `${widthPx}px`;
    element.style.height = `${heightPx}px`;
    context.setTransform(pixels, 0, 0, pixels, 0, 0);
    drawMatrix(
      context,
      {
        image,
        labels,
        cellPx,
        labelSpacePx: LABEL_SPACE_PX,
        scrollLeft: box.scrollLeft,
        scrollTop: box.scrollTop,
        widthPx,
        heightPx,
        cell,
        chosenRow,
        viewOf: (row) => viewOf(layer, row),
        attendersOf: (column) => attendersOf(layer, column),
        weightOf: ({ row, column }) => weightAt(layer, head, row, column),
        isBright: (weight) => luminanceAt(scale, scaleStep(weight, gamma)) > 0.25,
      },
      colours,
    );
  }, [image, labels, cellPx, side, cell, chosenRow, layer, head, scale, gamma, colours]);
  useLayoutEffect(draw, [draw, space]);

  useEffect(() => {
    const box = viewport.current;
    if (box === null) return;
    const measure = () => setSpace({ width: box.clientWidth, height: box.clientHeight });
    const resizing = new ResizeObserver(measure);
    resizing.observe(box);
    measure();
    return () => resizing.disconnect();
  }, []);

  /** Zooms with the given point of the window, or the middle, staying where it is. */
  const zoom = useCallback(
    (factor: number, clientX?: number, clientY?: number) => {
      const box = viewport.current;
      if (box === null) return;
      const next = zoomedCell(cellPx, factor, count, room);
      const bounds = box.getBoundingClientRect();
      const keep = (client: number | undefined, start: number, length: number, scroll: number) => {
        const offset = Math.max(0, (client === undefined ? length / 2 : client - start) - LABEL_SPACE_PX);
        return ((scroll + offset) / cellPx) * next - offset;
      };
      const left = keep(clientX, bounds.left, box.clientWidth, box.scrollLeft);
      const top = keep(clientY, bounds.top, box.clientHeight, box.scrollTop);
      setChosenCellPx(next);
      requestAnimationFrame(() => box.scrollTo(left, top));
    },
    [cellPx, count, room],
  );
  useMatrixGestures(viewport, zoom);

  const describe = ({ row, column }: Cell) =>
    MATRIX_COPY.cell(
      quotedToken(tokens[row]?.text ?? ''),
      quotedToken(tokens[column]?.text ?? ''),
      readableShare(weightAt(layer, head, row, column)),
    );

  const cellAt = (event: PointerEvent): Cell | undefined => {
    const box = viewport.current;
    if (box === null) return undefined;
    const bounds = box.getBoundingClientRect();
    const x = event.clientX - bounds.left - LABEL_SPACE_PX;
    const y = event.clientY - bounds.top - LABEL_SPACE_PX;
    const column = Math.floor((x + box.scrollLeft) / cellPx);
    const row = Math.floor((y + box.scrollTop) / cellPx);
    const { first, last } = viewOf(layer, row);
    return x >= 0 && y >= 0 && row < count && column >= first && column <= last ? { row, column } : undefined;
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const box = viewport.current;
    if (event.ctrlKey || event.metaKey || event.altKey || box === null) return;
    const from = cell ?? { row: chosenRow ?? count - 1, column: 0 };
    const go = (row: number, column: number) => {
      const nextRow = Math.min(count - 1, Math.max(0, row));
      const { first, last } = viewOf(layer, nextRow);
      const next = { row: nextRow, column: Math.min(last, Math.max(first, column)) };
      setCell(next);
      setSpoken(describe(next));
      box.scrollTo(
        scrollToShow(next.column, box.scrollLeft, box.clientWidth - LABEL_SPACE_PX, cellPx),
        scrollToShow(next.row, box.scrollTop, box.clientHeight - LABEL_SPACE_PX, cellPx),
      );
    };
    const zoomAtCell = (factor: number) => {
      if (cell === undefined) return zoom(factor);
      const bounds = box.getBoundingClientRect();
      const middleOf = (index: number, scroll: number) => LABEL_SPACE_PX + (index + 0.5) * cellPx - scroll;
      zoom(factor, bounds.left + middleOf(cell.column, box.scrollLeft), bounds.top + middleOf(cell.row, box.scrollTop));
    };
    const keys: Record<string, (() => void) | undefined> = {
      ArrowLeft: () => go(from.row, from.column - 1),
      ArrowRight: () => go(from.row, cell === undefined ? 0 : from.column + 1),
      ArrowUp: () => go(from.row - 1, from.column),
      ArrowDown: () => go(from.row + 1, from.column),
      Home: () => go(from.row, 0),
      End: () => go(from.row, count - 1),
      Enter: () => chooseAttention({ token: from.row }),
      Escape: cell && (() => setCell(undefined)),
      '+': () => zoomAtCell(ZOOM_STEP),
      '=': () => zoomAtCell(ZOOM_STEP),
      '-': () => zoomAtCell(1 / ZOOM_STEP),
      '0': () => setChosenCellPx(undefined),
    };
    const action = keys[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  };

  return (
    <div className={styles.matrix}>
      <div className={controls.toolbar}>
        <p className={styles.readout} data-readout="cell">
          {cell !== undefined && cell.row < count ? (
            <>
              <TokenName text={tokens[cell.row]?.text ?? ''} /> {TEXT_COPY.attendsTo}{' '}
              <TokenName text={tokens[cell.column]?.text ?? ''} />:{' '}
              {readableShare(weightAt(layer, head, cell.row, cell.column))}
            </>
          ) : (
            MATRIX_COPY.hint
          )}
        </p>
        <span className={controls.spring} />
        <button type="button" data-size="small" aria-label={MATRIX_COPY.zoomOut} onClick={() => zoom(1 / ZOOM_STEP)}>
          −
        </button>
        <button type="button" data-size="small" aria-label={MATRIX_COPY.zoomIn} onClick={() => zoom(ZOOM_STEP)}>
          +
        </button>
        <button type="button" data-size="small" onClick={() => setChosenCellPx(fittingCell(count, room))}>
          {MATRIX_COPY.fit}
        </button>
      </div>
      <div
        ref={viewport}
        className={styles.viewport}
        style={{ height: Math.min(TALLEST_PX, side + 2) }}
        role="group"
        tabIndex={0}
        aria-label={MATRIX_COPY.label(layer.layer + 1, head + 1, counted(count, 'token'))}
        data-testid="attention-matrix"
        onScroll={draw}
        onKeyDown={onKeyDown}
        onPointerMove={(event) => setCell(cellAt(event))}
        onPointerLeave={() => setCell(undefined)}
        onClick={() => cell && chooseAttention({ token: cell.row })}
      >
        <div style={{ width: side, height: side }}>
          <canvas ref={canvas} className={styles.canvas} aria-hidden="true" />
        </div>
      </div>
      <p className={styles.axes} aria-hidden="true">
        {MATRIX_COPY.axes} {viewSentence(layer)}
      </p>
      <p className={hidden.visually} aria-live="polite">
        {spoken}
      </p>
    </div>
  );
}
