// Reading one head's weights: cells, what a token attends to, what attends to it, and which simple pattern the head follows.
import type { AttentionLayer } from '../../protocol/messages.ts';
import { counted } from '../charts/readableNumber.ts';
import { VIEW_COPY, type HEAD_PATTERNS } from './attentionCopy.ts';

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

/** The tokens that token `from` can attend to. */
export function viewOf(layer: AttentionLayer, from: number): TokenRange {
  const { first, last } = reach(layer, from);
  return { first, last: layer.causal ? from : last };
}

/** The tokens that can attend to token `to`. */
export function attendersOf(layer: AttentionLayer, to: number): TokenRange {
  const { first, last } = reach(layer, to);
  return { first: layer.causal ? to : first, last };
}

/** What the layer's mask and band leave in view, as a sentence. */
export function viewSentence({ causal, band }: AttentionLayer): string {
  if (band === 1) return VIEW_COPY.onlyItself;
  const near = band === 0 ? undefined : counted(band - 1, 'token');
  if (causal) return near === undefined ? VIEW_COPY.masked : VIEW_COPY.maskedWindow(near);
  return near === undefined ? VIEW_COPY.open : VIEW_COPY.window(near);
}

/** Weight with which token `from` attends to token `to`; 0 for one that is masked. */
export function weightAt(layer: AttentionLayer, head: number, from: number, to: number): number {
  const { size, weights } = layer;
  const { first, last } = viewOf(layer, from);
  return to < first || to > last || from >= size ? 0 : (weights[(head * size + from) * size + to] ?? 0);
}

/** The `count` tokens that `token` attends to most, strongest first. */
export function attendsTo(layer: AttentionLayer, head: number, token: number, count: number): TokenWeight[] {
  const row = tokensIn(viewOf(layer, token)).map((to) => ({ token: to, weight: weightAt(layer, head, token, to) }));
  return strongest(row, count);
}

/** The `count` tokens that attend to `token` most, itself among them, strongest first. */
export function attendedToBy(layer: AttentionLayer, head: number, token: number, count: number): TokenWeight[] {
  const column = tokensIn(attendersOf(layer, token)).map((from) => ({
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
