// Help for a control or a term: a bubble that opens on hover, keyboard focus and tap, closes with Escape, and always
// describes what it belongs to (aria-describedby), open or not. One bubble is open at a time.
import { useEffect, useId, useLayoutEffect, useRef, useState, type HTMLAttributes, type ReactNode } from 'react';
import styles from './Help.module.css';
import { placeBubble } from './placeBubble.ts';

/** Passing over opens nothing; the way from the anchor to its bubble closes nothing. */
const OPEN_AFTER_MS = 300;
const CLOSE_AFTER_MS = 150;

export interface Help {
  /** For the element that the bubble belongs to: a control, or what holds it and its label. */
  readonly anchor: HTMLAttributes<HTMLElement> & { readonly ref: (element: HTMLElement | null) => void };
  /** The bubble's id, for aria-describedby of the control; undefined without a text. */
  readonly helpId: string | undefined;
  /** The bubble; stands beside the anchor or in it, outside of its label. */
  readonly bubble: ReactNode;
}

let closeOpenBubble: (() => void) | undefined;

/** @param press whether every press opens it, for terms that do nothing else; taps always do */
export function useHelp(text: string | undefined, { press = false }: { readonly press?: boolean } = {}): Help {
  const id = useId();
  const [open, setOpen] = useState(false);
  const anchor = useRef<HTMLElement>(null);
  const bubble = useRef<HTMLElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const enabled = text !== undefined;

  const settle = (next: boolean) => {
    clearTimeout(timer.current);
    setOpen(next && enabled);
  };
  const settleAfter = (next: boolean, milliseconds: number) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setOpen(next && enabled), milliseconds);
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  const hover = {
    onPointerEnter: ({ pointerType }: { readonly pointerType: string }) => {
      if (pointerType === 'mouse') settleAfter(true, OPEN_AFTER_MS);
    },
    onPointerLeave: ({ pointerType }: { readonly pointerType: string }) => {
      if (pointerType === 'mouse') settleAfter(false, CLOSE_AFTER_MS);
    },
  };

  useLayoutEffect(() => {
    if (!open || anchor.current === null || bubble.current === null) return;
    const [place, shown] = [anchor.current, bubble.current];
    const close = () => setOpen(false);
    closeOpenBubble?.();
    closeOpenBubble = close;
    const leave = placeBubble(place, shown);
    const onKeyDown = ({ key }: KeyboardEvent) => {
      if (key === 'Escape') close();
    };
    const onPointerDown = ({ target }: PointerEvent) => {
      if (target instanceof Node && !place.contains(target) && !shown.contains(target)) close();
    };
    document.addEventListener('keydown', onKeyDown);
    document.addEventListener('pointerdown', onPointerDown);
    return () => {
      if (closeOpenBubble === close) closeOpenBubble = undefined;
      leave();
      document.removeEventListener('keydown', onKeyDown);
      document.removeEventListener('pointerdown', onPointerDown);
    };
  }, [open]);

  return {
    anchor: {
      ref: (element) => void (anchor.current = element),
      ...hover,
      onFocus: ({ target }) => {
        if (target.matches(':focus-visible')) settle(true);
      },
      onBlur: ({ currentTarget, relatedTarget }) => {
        if (!currentTarget.contains(relatedTarget)) settle(false);
      },
      onPointerUp: ({ pointerType }) => {
        if (pointerType !== 'mouse') settle(true);
      },
      ...(press && { onClick: () => settle(true) }),
    },
    helpId: enabled ? id : undefined,
    bubble: enabled && (
      <span
        ref={(element) => void (bubble.current = element)}
        id={id}
        role="tooltip"
        popover="manual"
        hidden={!open}
        className={styles.bubble}
        {...hover}
      >
        {text}
      </span>
    ),
  };
}
