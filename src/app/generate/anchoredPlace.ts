// Where a card stands that belongs to a token: below it, or above where there is no room, and never off the screen.
import { useLayoutEffect, useState, type RefObject } from 'react';
import { tokenBox } from './tokenBox.ts';

const GAP_PX = 6;

/** Where a token's card is put: into the region of the page that the token belongs to, where a screen reader finds it. */
export const landmarkOf = (anchor: HTMLElement): HTMLElement =>
  anchor.closest<HTMLElement>('section[aria-label]') ?? document.body;

/** @param content what the card shows; it is placed again when that changes */
export function useAnchoredPlace(
  card: RefObject<HTMLElement | null>,
  anchor: HTMLElement,
  content: unknown,
): { readonly left: number; readonly top: number } {
  const [place, setPlace] = useState({ left: -9999, top: 0 });
  useLayoutEffect(() => {
    const stand = () => {
      const element = card.current;
      const box = tokenBox(anchor);
      if (element === null || box === undefined) return;
      const { offsetWidth: width, offsetHeight: height } = element;
      const left = Math.max(8, Math.min(box.left, document.documentElement.clientWidth - width - 8));
      const below = box.top + box.height + GAP_PX;
      const fitsBelow = below + height <= window.innerHeight - 8;
      setPlace({ left, top: fitsBelow ? below : Math.max(8, box.top - GAP_PX - height) });
    };
    stand();
    window.addEventListener('scroll', stand, true);
    window.addEventListener('resize', stand);
    return () => {
      window.removeEventListener('scroll', stand, true);
      window.removeEventListener('resize', stand);
    };
  }, [card, anchor, content]);
  return place;
}
