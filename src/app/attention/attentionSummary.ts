// Reading one head's weights: cells, where a token looks, who looks at it, and which simple pattern the head follows.
import type { AttentionLayer } from '../../protocol/messages.ts';
import { counted } from '../charts/readableNumber.ts';

export interface TokenWeight {
  /** Index among the tokens shown. */
  readonly token: number;
  /** 0 … 1 */
  readonly weight: number;
}

/** Neighbouring tokens of those shown, both ends included. */
export interface TokenRange {
  readonly first: number;
  readonly last: number;
}

/** The tokens within the band around one. */
const reach = ({ band, size }: AttentionLayer, token: number): TokenRange =>
  band === 0
    ? { first: 0, last: size - 1 }
    : { first: Math.max(0, token - band + 1), last: Math.min(size - 1, token + band - 1) };

/** The tokens that token `from` can see. */
export function viewOf(layer: AttentionLayer, from: number): TokenRange {
  const { first, last } = reach(layer, from);
  return { first, last: layer.causal ? from : last };
}

/** The tokens that can see token `to`. */
export function lookersOf(layer: AttentionLayer, to: number): TokenRange {
  const { first, last } = reach(layer, to);
  return { first: layer.causal ? to : first, last };
}

/** What the layer's mask and band leave in view, as a sentence. */
export function viewSentence({ causal, band }: AttentionLayer): string {
  if (band === 1) return 'A band of one token: each sees only itself.';
  const near = band === 0 ? '' : counted(band - 1, 'token');
  if (causal) return `Later tokens cannot be seen${near && `, nor those more than ${near} back`}.`;
  return near
    ? `No mask, but a band: tokens see up to ${near} before and after them.`
    : 'Nothing is masked: tokens see what comes after them too.';
}

/** Weight with which token `from` looks at token `to`; 0 for one that it cannot see. */
export function weightAt(layer: AttentionLayer, head: number, from: number, to: number): number {
  const { size, weights } = layer;
  const { first, last } = viewOf(layer, from);
  return to < first || to > last || from >= size ? 0 : (weights[(head * size + from) * size + to] ?? 0);
}

/** The `count` tokens that `token` looks at most, strongest first. */
export function looksAt(layer: AttentionLayer, head: number, token: number, count: number): TokenWeight[] {
  const row = tokensIn(viewOf(layer, token)).map((to) => ({ token: to, weight: weightAt(layer, head, token, to) }));
  return strongest(row, count);
}

/** The `count` tokens that look at `token` most, itself among them, strongest first. */
export function lookedAtBy(layer: AttentionLayer, head: number, token: number, count: number): TokenWeight[] {
  const column = tokensIn(lookersOf(layer, token)).map((from) => ({
    token: from,
    weight: weightAt(layer, head, from, token),
  }));
  return strongest(column, count);
}

const tokensIn = ({ first, last }: TokenRange): number[] =>
  Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at);

function strongest(weights: readonly TokenWeight[], count: number): TokenWeight[] {
  return weights.toSorted((a, b) => b.weight - a.weight || a.token - b.token).slice(0, count);
}

export const HEAD_PATTERNS = {
  previous: { label: 'previous token', meaning: 'Most weight goes to the token just before.' },
  first: {
    label: 'first token',
    meaning: 'Most weight goes to the first token, often a place to rest when there is nothing to find.',
  },
  self: { label: 'itself', meaning: 'Most weight stays on the token itself.' },
  same: { label: 'same token', meaning: 'Looks at earlier places of the same token.' },
  induction: {
    label: 'after same token',
    meaning: 'Looks at what came after the same token earlier: an induction head, which continues repetitions.',
  },
  next: {
    label: 'next token',
    meaning: 'Most weight goes to the token just after: to the answer, which only a model without a mask can see.',
  },
  spread: { label: 'spread out', meaning: 'Weight is spread almost evenly over all tokens in view.' },
} as const;
export type HeadPattern = keyof typeof HEAD_PATTERNS;

const LEAST_SHARE = 0.5;
const LEAST_SHARE_OF_REPETITION = 0.4;
const LEAST_EVENNESS = 0.9;
const LEAST_ROWS = 3;

/**
 * The simple rule that explains most of a head's weight, if one does. The first two rows are left out, as they have
 * hardly a choice; the rules about repetition count only rows where the token has occurred before, in view (induction
 * heads: Olsson et al. 2022).
 * @param ids token ids of the tokens shown.
 */
export function headPattern(layer: AttentionLayer, head: number, ids: readonly number[]): HeadPattern | undefined {
  const mean = {
    previous: new Mean(),
    next: new Mean(),
    first: new Mean(),
    self: new Mean(),
    same: new Mean(),
    induction: new Mean(),
  };
  const evenness = new Mean();
  for (let from = 2; from < layer.size; from++) {
    let same = 0;
    let afterSame = 0;
    let entropy = 0;
    let sameInView = false;
    let afterSameInView = false;
    const { first, last } = viewOf(layer, from);
    // What comes after a token may be in view where it is not itself.
    for (let to = Math.max(0, first - 1); to <= last; to++) {
      const weight = weightAt(layer, head, from, to);
      if (weight > 0) entropy -= weight * Math.log(weight);
      if (to < from && ids[to] === ids[from]) {
        same += weight;
        sameInView ||= to >= first;
        afterSameInView = true;
        // The token after an adjacent repetition is the token itself.
        if (to + 1 < from) afterSame += weightAt(layer, head, from, to + 1);
      }
    }
    mean.previous.add(weightAt(layer, head, from, from - 1));
    if (!layer.causal && from + 1 < layer.size) mean.next.add(weightAt(layer, head, from, from + 1));
    mean.first.add(weightAt(layer, head, from, 0));
    mean.self.add(weightAt(layer, head, from, from));
    if (sameInView) mean.same.add(same);
    if (afterSameInView) mean.induction.add(afterSame);
    evenness.add(last > first ? entropy / Math.log(last - first + 1) : 0);
  }
  if (evenness.count < LEAST_ROWS) return undefined;
  if (evenness.value > LEAST_EVENNESS) return 'spread';
  const candidates = (['induction', 'same', 'previous', 'next', 'first', 'self'] as const)
    .filter((name) => mean[name].count >= LEAST_ROWS)
    .filter(
      (name) => mean[name].value > (name === 'induction' || name === 'same' ? LEAST_SHARE_OF_REPETITION : LEAST_SHARE),
    );
  return candidates.toSorted((a, b) => mean[b].value - mean[a].value)[0];
}

class Mean {
  count = 0;
  #sum = 0;
  add(value: number): void {
    this.#sum += value;
    this.count++;
  }
  get value(): number {
    return this.count === 0 ? 0 : this.#sum / this.count;
  }
}
