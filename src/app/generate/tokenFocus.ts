// Moving the focus among the tokens of a text with the arrow keys. Tokens carry `data-token` with their index. Left and
// right are those of the eye, also in lines that run from right to left or both ways.
import { tokenBox, type TokenBox } from './tokenBox.ts';

/** The token element an event happened in. */
export function tokenOfEvent(target: EventTarget | null): HTMLElement | undefined {
  return target instanceof Element ? (target.closest<HTMLElement>('[data-token]') ?? undefined) : undefined;
}

export function tokenIndex(element: HTMLElement): number {
  return Number(element.dataset.token);
}

/**
 * The index a key leads to: left and right to the neighbour on screen, up and down to the nearest token of another line,
 * Home and End to the first and last of the text.
 * @returns undefined if the key does not move.
 */
export function tokenAfterKey(container: HTMLElement, index: number, key: string): number | undefined {
  const tokens = [...container.querySelectorAll<HTMLElement>('[data-token]')];
  const at = tokens.findIndex((token) => tokenIndex(token) === index);
  const boxes = new Map<number, TokenBox | undefined>();
  const boxAt = (position: number): TokenBox | undefined => {
    const token = tokens[position];
    if (!boxes.has(position)) boxes.set(position, token && tokenBox(token));
    return boxes.get(position);
  };
  const to = (position: number | undefined) => {
    const token = position === undefined ? undefined : tokens[Math.min(tokens.length - 1, Math.max(0, position))];
    return token && tokenIndex(token);
  };
  switch (key) {
    case 'ArrowLeft':
      return to(neighbourOnScreen(boxAt, tokens.length, at, -1, () => isRightToLeft(tokens[at]?.textContent ?? '')));
    case 'ArrowRight':
      return to(neighbourOnScreen(boxAt, tokens.length, at, 1, () => isRightToLeft(tokens[at]?.textContent ?? '')));
    case 'Home':
      return to(0);
    case 'End':
      return to(tokens.length - 1);
    case 'ArrowUp':
    case 'ArrowDown':
      return to(nearestOnNextLine(boxAt, tokens.length, at, key === 'ArrowUp' ? -1 : 1));
    default:
      return undefined;
  }
}

export function focusToken(container: HTMLElement, index: number): void {
  container.querySelector<HTMLElement>(`[data-token="${index}"]`)?.focus();
}

type BoxAt = (position: number) => TokenBox | undefined;

const middleOf = ({ left, width }: TokenBox): number => left + width / 2;
const isOnLineOf = (box: TokenBox, other: TokenBox | undefined): boolean =>
  other !== undefined && Math.abs(box.top - other.top) < 4;

/** Whether the first letter of a text belongs to a script that runs from right to left. */
export const isRightToLeft = (text: string): boolean =>
  /^\P{L}*[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u.test(
    text,
  );

/**
 * The token next to one on screen. At the end of a line it is the one that is read next, or before, in another line.
 * @param boxAt where the token at a position of the text stands
 * @param runsLeft whether a line with nothing else on it runs from right to left
 */
export function neighbourOnScreen(
  boxAt: BoxAt,
  count: number,
  at: number,
  direction: 1 | -1,
  runsLeft: () => boolean,
): number | undefined {
  const here = boxAt(at);
  if (here === undefined) return at + direction;
  let [first, last] = [at, at];
  while (first > 0 && isOnLineOf(here, boxAt(first - 1))) first--;
  while (last < count - 1 && isOnLineOf(here, boxAt(last + 1))) last++;
  let nearest: { readonly position: number; readonly distance: number } | undefined;
  for (let position = first; position <= last; position++) {
    const box = boxAt(position);
    if (box === undefined || position === at) continue;
    const distance = (middleOf(box) - middleOf(here)) * direction;
    if (distance > 0 && (nearest === undefined || distance < nearest.distance)) nearest = { position, distance };
  }
  if (nearest !== undefined) return nearest.position;
  const [start, end] = [boxAt(first), boxAt(last)];
  const isReversed = first === last || !start || !end ? runsLeft() : middleOf(start) > middleOf(end);
  const beyond = (direction === 1) === isReversed ? first - 1 : last + 1;
  return beyond < 0 || beyond >= count ? at : beyond;
}

function nearestOnNextLine(boxAt: BoxAt, count: number, at: number, direction: 1 | -1): number | undefined {
  const here = boxAt(at);
  if (here === undefined) return undefined;
  let line: TokenBox | undefined;
  let nearest: number | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (let position = at + direction; position >= 0 && position < count; position += direction) {
    const box = boxAt(position);
    if (box === undefined || isOnLineOf(here, box)) continue;
    line ??= box;
    if (!isOnLineOf(line, box)) break;
    const distance = Math.abs(middleOf(box) - middleOf(here));
    if (distance < least) [nearest, least] = [position, distance];
  }
  return nearest;
}
