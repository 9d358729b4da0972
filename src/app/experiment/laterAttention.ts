// How much of a layer's attention goes to tokens that come later: nothing, where there is a mask.
import type { AttentionLayer } from '../../protocol/messages.ts';

export interface LaterAttention {
  /** Mean share of a token's attention that goes to any later token, over all heads; the last token has none to look at. */
  readonly later: number;
  /** The same for the very next token: the one that a position is asked for. */
  readonly next: number;
}

export function laterAttention({ nHead, size, weights }: AttentionLayer): LaterAttention {
  const rows = nHead * (size - 1);
  if (rows <= 0) return { later: 0, next: 0 };
  let later = 0;
  let next = 0;
  for (let head = 0; head < nHead; head++) {
    for (let from = 0; from < size - 1; from++) {
      const start = (head * size + from) * size;
      next += weights[start + from + 1] ?? 0;
      for (let to = from + 1; to < size; to++) later += weights[start + to] ?? 0;
    }
  }
  return { later: later / rows, next: next / rows };
}
