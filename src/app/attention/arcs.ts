// Curves between tokens of a text, as SVG paths over their measured boxes. Geometry only.

import type { TokenBox } from '../generate/tokenBox.ts';

export type ArcSide = 'above' | 'below';

/** Highest rise of a curve in CSS pixels: arcs stay within the space between two lines of text. */
const HIGHEST_PX = 26;
const LOWEST_PX = 9;

/**
 * A curve from the edge of one token to that of another, over the text or under it; onto itself it is a small loop.
 * @returns the `d` of an SVG path.
 */
export function arcPath(from: TokenBox, to: TokenBox, side: ArcSide): string {
  const direction = side === 'above' ? -1 : 1;
  const edge = (box: TokenBox) => (side === 'above' ? box.top : box.top + box.height);
  const startX = from.left + from.width / 2;
  const endX = to.left + to.width / 2;
  if (from === to) {
    const reach = Math.min(7, from.width / 2);
    return path(
      startX - reach / 2,
      edge(from),
      -reach,
      direction * LOWEST_PX * 1.6,
      reach,
      startX + reach / 2,
      edge(to),
    );
  }
  const rise = Math.min(HIGHEST_PX, LOWEST_PX + Math.abs(endX - startX) * 0.16);
  return path(startX, edge(from), 0, direction * rise, 0, endX, edge(to));
}

/** Line width in pixels and opacity of a weight: both grow with it, so neither colour nor width alone carries it. */
export function arcWeight(weight: number): { readonly width: number; readonly opacity: number } {
  const strength = Math.sqrt(Math.min(1, Math.max(0, weight)));
  return { width: 0.75 + 4.25 * strength, opacity: 0.3 + 0.65 * strength };
}

function path(
  startX: number,
  startY: number,
  outX: number,
  rise: number,
  inX: number,
  endX: number,
  endY: number,
): string {
  const round = (value: number) => Number(value.toFixed(1));
  return (
    `M${round(startX)} ${round(startY)}` +
    `C${round(startX + outX)} ${round(startY + rise)} ${round(endX + inX)} ${round(endY + rise)} ${round(endX)} ${round(endY)}`
  );
}
