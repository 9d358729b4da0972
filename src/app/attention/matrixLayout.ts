// Sizes of the enlarged attention matrix: how large a cell is, which cells are in sight, which labels fit. Pure.

export const SMALLEST_READABLE_CELL_PX = 10;
export const LARGEST_CELL_PX = 64;
const COMFORTABLE_CELL_PX = 26;
const LABEL_PX = 12;

/** Cell size that shows all tokens in `spacePx`. */
export function fittingCell(tokens: number, spacePx: number): number {
  return Math.min(COMFORTABLE_CELL_PX, Math.max(0.5, spacePx / Math.max(1, tokens)));
}

/** Cell size to begin with: all in sight if that can be read, else as small as can be read, to scroll in. */
export function defaultCell(tokens: number, spacePx: number): number {
  return Math.max(SMALLEST_READABLE_CELL_PX, fittingCell(tokens, spacePx));
}

/** Multiplies the cell size, between all in sight and the largest. */
export function zoomedCell(cell: number, factor: number, tokens: number, spacePx: number): number {
  return Math.min(LARGEST_CELL_PX, Math.max(fittingCell(tokens, spacePx), cell * factor));
}

/** Every how many tokens a label is drawn so that labels do not overlap: 1, 2, 5, 10, 20 … */
export function labelEvery(cell: number): number {
  for (let power = 1; ; power *= 10) {
    for (const part of [1, 2, 5]) if (part * power * cell >= LABEL_PX) return part * power;
  }
}

/** First and last token (inclusive) in sight of a window of `spacePx` scrolled by `scrollPx`. */
export function cellsInSight(
  scrollPx: number,
  spacePx: number,
  cell: number,
  tokens: number,
): [first: number, last: number] {
  const first = Math.max(0, Math.floor(scrollPx / cell));
  return [first, Math.min(tokens - 1, Math.ceil((scrollPx + spacePx) / cell) - 1)];
}

/** Scroll position that brings a cell into sight with as little movement as possible. */
export function scrollToShow(index: number, scrollPx: number, spacePx: number, cell: number): number {
  const start = index * cell;
  if (start < scrollPx) return start;
  return Math.max(scrollPx, start + cell - spacePx);
}
