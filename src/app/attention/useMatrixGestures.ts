// Zooming the matrix with Ctrl + wheel (a touchpad's pinch) and with two fingers. Plain wheel and one finger scroll.
import { useEffect, type RefObject } from 'react';

/** @param zoom factor, and the point of the window that stays where it is. */
export function useMatrixGestures(
  viewport: RefObject<HTMLElement | null>,
  zoom: (factor: number, clientX: number, clientY: number) => void,
): void {
  useEffect(() => {
    const element = viewport.current;
    if (element === null) return;
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoom(Math.exp(-event.deltaY * 0.008), event.clientX, event.clientY);
    };
    let distance: number | undefined;
    const onTouchMove = (event: TouchEvent) => {
      const [first, second] = [event.touches[0], event.touches[1]];
      if (first === undefined || second === undefined) return;
      event.preventDefault();
      const now = Math.hypot(first.clientX - second.clientX, first.clientY - second.clientY);
      if (distance !== undefined && Math.abs(now / distance - 1) < 0.02) return;
      if (distance !== undefined) {
        zoom(now / distance, (first.clientX + second.clientX) / 2, (first.clientY + second.clientY) / 2);
      }
      distance = now;
    };
    const onTouchEnd = () => (distance = undefined);
    // React's own wheel and touch listeners are passive and could not keep the page from zooming.
    element.addEventListener('wheel', onWheel, { passive: false });
    element.addEventListener('touchmove', onTouchMove, { passive: false });
    element.addEventListener('touchend', onTouchEnd);
    return () => {
      element.removeEventListener('wheel', onWheel);
      element.removeEventListener('touchmove', onTouchMove);
      element.removeEventListener('touchend', onTouchEnd);
    };
  }, [viewport, zoom]);
}
