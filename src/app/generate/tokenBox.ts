// Where a token stands on screen. One that wraps, or whose characters run in two directions, has several boxes: what counts
// is the line that holds most of it (a space before a word may hang at the end of the line before).

export interface TokenBox {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

const SAME_LINE_PX = 3;

/** In the window's coordinates; undefined for what is not drawn. */
export function tokenBox(token: Element): TokenBox | undefined {
  return boxOnMainLine([...token.getClientRects()]);
}

/** @param parts boxes of one token, in any coordinates */
export function boxOnMainLine(parts: readonly TokenBox[]): TokenBox | undefined {
  let best: TokenBox | undefined;
  for (const { top } of parts) {
    const line = parts.filter((part) => Math.abs(part.top - top) < SAME_LINE_PX);
    const left = Math.min(...line.map((part) => part.left));
    const right = Math.max(...line.map((part) => part.left + part.width));
    const bottom = Math.max(...line.map((part) => part.top + part.height));
    if (best === undefined || right - left > best.width + 0.5)
      best = { left, top, width: right - left, height: bottom - top };
  }
  return best;
}
