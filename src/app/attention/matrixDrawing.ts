// Draws the part of the enlarged matrix that is in sight, with frozen token labels on both axes.
// Canvas only; sizes come from `matrixLayout.ts`, choice and scrolling from the component.
import type { ThemeColours } from '../charts/themeColours.ts';
import { readableShare } from '../charts/readableNumber.ts';
import type { TokenRange } from './attentionSummary.ts';
import { cellsInSight, labelEvery } from './matrixLayout.ts';

export interface Cell {
  /** The token that looks. */
  readonly row: number;
  /** The token looked at. */
  readonly column: number;
}

export interface MatrixPicture {
  /** One pixel per cell. */
  readonly image: HTMLCanvasElement;
  readonly labels: readonly string[];
  readonly cellPx: number;
  readonly labelSpacePx: number;
  readonly scrollLeft: number;
  readonly scrollTop: number;
  readonly widthPx: number;
  readonly heightPx: number;
  /** The cell pointed at and the row of the chosen token. */
  readonly cell: Cell | undefined;
  readonly chosenRow: number | undefined;
  /** Columns that a row sees, and rows that see a column. */
  readonly viewOf: (row: number) => TokenRange;
  readonly attendersOf: (column: number) => TokenRange;
  readonly weightOf: (cell: Cell) => number;
  /** Whether text on a cell of that weight must be dark. */
  readonly isBright: (weight: number) => boolean;
}

const LEAST_CELL_WITH_NUMBER_PX = 34;
const LEAST_CELL_WITH_LINES_PX = 9;

/** Draws in CSS pixels onto a canvas whose transform is already scaled to the device. */
export function drawMatrix(context: CanvasRenderingContext2D, picture: MatrixPicture, colours: ThemeColours): void {
  const { image, labels, cellPx, labelSpacePx: space, scrollLeft, scrollTop, widthPx, heightPx } = picture;
  const tokens = labels.length;
  const [firstColumn, lastColumn] = cellsInSight(scrollLeft, widthPx - space, cellPx, tokens);
  const [firstRow, lastRow] = cellsInSight(scrollTop, heightPx - space, cellPx, tokens);
  const x = (column: number) => space + column * cellPx - scrollLeft;
  const y = (row: number) => space + row * cellPx - scrollTop;

  context.clearRect(0, 0, widthPx, heightPx);
  context.save();
  context.beginPath();
  context.rect(space, space, widthPx - space, heightPx - space);
  context.clip();
  context.imageSmoothingEnabled = cellPx * devicePixelRatio < 1;
  const columns = lastColumn - firstColumn + 1;
  const rows = lastRow - firstRow + 1;
  if (columns > 0 && rows > 0) {
    context.drawImage(
      image,
      firstColumn,
      firstRow,
      columns,
      rows,
      x(firstColumn),
      y(firstRow),
      columns * cellPx,
      rows * cellPx,
    );
  }
  if (cellPx >= LEAST_CELL_WITH_LINES_PX)
    drawGrid(context, picture, colours, firstRow, lastRow, firstColumn, lastColumn, x, y);
  if (cellPx >= LEAST_CELL_WITH_NUMBER_PX)
    drawNumbers(context, picture, colours, firstRow, lastRow, firstColumn, lastColumn, x, y);
  outlineChoice(context, picture, colours, x, y);
  context.restore();

  const every = labelEvery(cellPx);
  const isNamed = (token: number, pointed: number | undefined) =>
    token === pointed || (token % every === 0 && (pointed === undefined || Math.abs(token - pointed) * cellPx >= 12));
  const name = (token: number, strong: boolean) => {
    context.font = `${strong ? 700 : 400} 11px ${colours.font}`;
    context.fillStyle = strong ? colours.text : colours.muted;
    return clipped(context, labels[token] ?? '', space - 10);
  };
  context.textBaseline = 'middle';
  context.save();
  context.beginPath();
  context.rect(0, space, space, heightPx - space);
  context.clip();
  context.textAlign = 'right';
  for (let row = firstRow; row <= lastRow; row++) {
    if (!isNamed(row, picture.cell?.row)) continue;
    context.fillText(name(row, row === picture.cell?.row || row === picture.chosenRow), space - 6, y(row) + cellPx / 2);
  }
  context.restore();
  context.save();
  context.beginPath();
  context.rect(space, 0, widthPx - space, space);
  context.clip();
  context.textAlign = 'left';
  for (let column = firstColumn; column <= lastColumn; column++) {
    if (!isNamed(column, picture.cell?.column)) continue;
    context.save();
    context.translate(x(column) + cellPx / 2, space - 6);
    context.rotate(-Math.PI / 2);
    context.fillText(name(column, column === picture.cell?.column), 0, 0);
    context.restore();
  }
  context.restore();
}

type Position = (index: number) => number;

function drawGrid(
  context: CanvasRenderingContext2D,
  { cellPx, viewOf, attendersOf }: MatrixPicture,
  colours: ThemeColours,
  firstRow: number,
  lastRow: number,
  firstColumn: number,
  lastColumn: number,
  x: Position,
  y: Position,
): void {
  context.strokeStyle = colours.panel;
  context.lineWidth = 1;
  context.globalAlpha = cellPx < 16 ? 0.35 : 0.8;
  context.beginPath();
  for (let row = firstRow; row <= lastRow; row++) {
    const { first, last } = viewOf(row);
    context.moveTo(x(first), y(row + 1));
    context.lineTo(x(last + 1), y(row + 1));
  }
  for (let column = firstColumn; column <= lastColumn; column++) {
    const { first, last } = attendersOf(column);
    const [top, bottom] = [Math.max(firstRow, first), Math.min(lastRow, last)];
    if (top > bottom) continue;
    context.moveTo(x(column + 1), y(top));
    context.lineTo(x(column + 1), y(bottom + 1));
  }
  context.stroke();
  context.globalAlpha = 1;
}

function drawNumbers(
  context: CanvasRenderingContext2D,
  { cellPx, viewOf, weightOf, isBright }: MatrixPicture,
  colours: ThemeColours,
  firstRow: number,
  lastRow: number,
  firstColumn: number,
  lastColumn: number,
  x: Position,
  y: Position,
): void {
  context.font = `10.5px ${colours.font}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  for (let row = firstRow; row <= lastRow; row++) {
    const { first, last } = viewOf(row);
    for (let column = Math.max(first, firstColumn); column <= Math.min(last, lastColumn); column++) {
      const weight = weightOf({ row, column });
      if (weight < 0.005) continue;
      context.fillStyle = isBright(weight) ? '#101317' : '#ffffff';
      context.fillText(readableShare(weight).replace(/\s%/, ''), x(column) + cellPx / 2, y(row) + cellPx / 2);
    }
  }
}

function outlineChoice(
  context: CanvasRenderingContext2D,
  { cell, chosenRow, cellPx, viewOf }: MatrixPicture,
  colours: ThemeColours,
  x: Position,
  y: Position,
): void {
  context.lineWidth = 1.5;
  if (chosenRow !== undefined) {
    const { first, last } = viewOf(chosenRow);
    context.strokeStyle = colours.accent;
    context.strokeRect(x(first), y(chosenRow), (last - first + 1) * cellPx, cellPx);
  }
  if (cell === undefined) return;
  context.strokeStyle = colours.text;
  context.setLineDash([3, 3]);
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(x(0), y(cell.row) + cellPx / 2);
  context.lineTo(x(cell.column), y(cell.row) + cellPx / 2);
  context.moveTo(x(cell.column) + cellPx / 2, y(0));
  context.lineTo(x(cell.column) + cellPx / 2, y(cell.row));
  context.stroke();
  context.setLineDash([]);
  context.lineWidth = 2;
  context.strokeRect(x(cell.column) - 1, y(cell.row) - 1, cellPx + 2, cellPx + 2);
}

function clipped(context: CanvasRenderingContext2D, label: string, widthPx: number): string {
  if (context.measureText(label).width <= widthPx) return label;
  let kept = label;
  while (kept.length > 1 && context.measureText(`${kept}…`).width > widthPx) kept = kept.slice(0, -1);
  return `${kept}…`;
}
