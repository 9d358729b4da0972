// Where a bubble stands: above its anchor, or below it where there is no room, within the window, and above everything else.
import { autoUpdate, computePosition, flip, offset, shift } from '@floating-ui/dom';

const MARGIN_PX = 8;
const MIDDLEWARE = [offset(6), flip({ padding: MARGIN_PX }), shift({ padding: MARGIN_PX })];

/** Shows the bubble and keeps it in place. @returns what ends that */
export function placeBubble(anchor: HTMLElement, bubble: HTMLElement): () => void {
  // Browsers without popovers have the style's z-index instead.
  if ('showPopover' in bubble) bubble.showPopover();
  const stop = autoUpdate(anchor, bubble, () => {
    void computePosition(anchor, bubble, {
      strategy: 'fixed',
      placement: 'top-start',
      middleware: MIDDLEWARE,
    }).then(({ x, y }) => Object.assign(bubble.style, { left: `${x}px`, top: `${y}px` }));
  });
  return () => {
    stop();
    if ('hidePopover' in bubble && bubble.isConnected) bubble.hidePopover();
  };
}
