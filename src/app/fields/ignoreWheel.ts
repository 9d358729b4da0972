// The mouse wheel scrolls the page and changes no setting, wherever the pointer is: browsers turn a focused number,
// and some a focused select or slider, by the wheel. Installed once for the whole page.

const CHANGED_BY_WHEEL = 'input[type="number"], input[type="range"], select';
/** Pixels that browsers scroll for a wheel that counts in lines. */
const LINE_PX = 16;

function scrollerOf(element: Element): Element {
  for (let at: Element | null = element.parentElement; at !== null; at = at.parentElement) {
    const { overflowY } = getComputedStyle(at);
    if ((overflowY === 'auto' || overflowY === 'scroll') && at.scrollHeight > at.clientHeight) return at;
  }
  return document.scrollingElement ?? document.documentElement;
}

function scrollInstead(event: WheelEvent): void {
  const field = event.currentTarget;
  // With Ctrl it zooms the page.
  if (event.ctrlKey || !(field instanceof HTMLElement)) return;
  if (!event.cancelable) {
    // A scroll that began elsewhere goes on over the field, and nothing but another focus keeps it from being turned.
    field.blur();
    return;
  }
  event.preventDefault();
  const scroller = scrollerOf(field);
  const unit = [1, LINE_PX, scroller.clientHeight][event.deltaMode] ?? 1;
  scroller.scrollBy({ left: event.deltaX * unit, top: event.deltaY * unit });
}

/** @returns a function that takes it away again. */
export function ignoreWheel(page: Document): () => void {
  // Only the focused element is changed, and a listener that may prevent slows scrolling: so it has it alone, and briefly.
  const begin = ({ target }: FocusEvent): void => {
    if (target instanceof HTMLElement && target.matches(CHANGED_BY_WHEEL)) {
      target.addEventListener('wheel', scrollInstead, { passive: false });
    }
  };
  const end = ({ target }: FocusEvent): void => {
    if (target instanceof HTMLElement) target.removeEventListener('wheel', scrollInstead);
  };
  page.addEventListener('focusin', begin);
  page.addEventListener('focusout', end);
  return () => {
    page.removeEventListener('focusin', begin);
    page.removeEventListener('focusout', end);
  };
}
