// Moving the focus among the tokens of a text with the arrow keys. Tokens carry `data-token` with their index.

/** The token element an event happened in. */
export function tokenOfEvent(target: EventTarget | null): HTMLElement | undefined {
  return target instanceof Element ? (target.closest<HTMLElement>('[data-token]') ?? undefined) : undefined;
}

export function tokenIndex(element: HTMLElement): number {
  return Number(element.dataset.token);
}

/**
 * The index a key leads to: left and right by one, up and down to the nearest token of another line, Home and End.
 * @returns undefined if the key does not move.
 */
export function tokenAfterKey(container: HTMLElement, index: number, key: string): number | undefined {
  const tokens = [...container.querySelectorAll<HTMLElement>('[data-token]')];
  const at = tokens.findIndex((token) => tokenIndex(token) === index);
  const to = (position: number) => {
    const token = tokens[Math.min(tokens.length - 1, Math.max(0, position))];
    return token && tokenIndex(token);
  };
  switch (key) {
    case 'ArrowLeft':
      return to(at - 1);
    case 'ArrowRight':
      return to(at + 1);
    case 'Home':
      return to(0);
    case 'End':
      return to(tokens.length - 1);
    case 'ArrowUp':
    case 'ArrowDown': {
      const present = tokens[at];
      return present && nearestOnNextLine(tokens, present, key === 'ArrowUp' ? -1 : 1);
    }
    default:
      return undefined;
  }
}

export function focusToken(container: HTMLElement, index: number): void {
  container.querySelector<HTMLElement>(`[data-token="${index}"]`)?.focus();
}

function nearestOnNextLine(
  tokens: readonly HTMLElement[],
  present: HTMLElement,
  direction: 1 | -1,
): number | undefined {
  const from = present.getBoundingClientRect();
  const beyond = tokens
    .map((token) => ({ token, box: token.getBoundingClientRect() }))
    .filter(({ box }) => (direction === 1 ? box.top > from.top + 4 : box.top < from.top - 4));
  const nextTop = beyond.reduce(
    (top, { box }) => (direction === 1 ? Math.min(top, box.top) : Math.max(top, box.top)),
    direction * Infinity,
  );
  const onLine = beyond.filter(({ box }) => Math.abs(box.top - nextTop) < 4);
  const distance = (box: DOMRect) => Math.abs(box.left + box.width / 2 - from.left - from.width / 2);
  const nearest = onLine.toSorted((a, b) => distance(a.box) - distance(b.box))[0];
  return nearest && tokenIndex(nearest.token);
}
