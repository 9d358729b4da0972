// Who sees whom, as WGSL: which tokens a workgroup has to meet, which of them its threads' own tokens see, and what
// distance costs. Tokens are met four at a time, `met4`; see `rowBlocks.wgsl.ts` for the other names.
import type { HeadShape } from './heads.ts';
import { isBanded, reachOf } from './visibility.ts';

/** Whose tokens threads own: queries, which meet keys, or keys, which meet queries. */
export type Owner = 'query' | 'key';

/** Statement that says how many keys are visible, from buffer `visible`, where `isCut`. */
export const beginVisible = ({ length }: HeadShape): string =>
  `let visible_keys = u32(clamp(visible_at(0u), 0, ${length}));`;

/**
 * Expressions of the first token that a workgroup has to meet, and of the one after the last.
 * @param isCut whether keys from `visible_keys` on are hidden; for queries' owners only
 */
export function metRange(shape: HeadShape, owner: Owner, isCut = false): { from: string; until: string } {
  const { causal, length } = shape;
  const banded = isBanded(shape);
  const aside = reachOf(shape) - 1;
  const before = banded ? `first - min(first, ${aside}u)` : '0u';
  const after = banded ? `min(end + ${aside}u, ${length}u)` : `${length}u`;
  if (owner === 'key') return { from: causal ? 'first' : before, until: after };
  const until = causal ? 'end' : after;
  return { from: before, until: isCut ? `min(${until}, visible_keys)` : until };
}

/**
 * Expression (vec4<bool>): which of the tokens met `own` sees, or is seen by. Differences of tokens are without sign: a
 * token on the wrong side is very far away.
 */
export function seenMask(shape: HeadShape, owner: Owner, own: string, isCut = false): string {
  const { causal, length } = shape;
  const reach = reachOf(shape);
  const inside = isCut ? '(met4 < vec4u(visible_keys))' : `(met4 < vec4u(${length}u))`;
  const either = `(met4 + vec4u(${reach - 1}u) - vec4u(${own}) < vec4u(${2 * reach - 1}u))`;
  if (!causal) return isBanded(shape) ? `${either} & ${inside}` : inside;
  if (owner === 'key') {
    const later = isBanded(shape) ? `(met4 - vec4u(${own}) < vec4u(${reach}u))` : `(met4 >= vec4u(${own}))`;
    return `${later} & ${inside}`;
  }
  const earlier = isBanded(shape) ? `(vec4u(${own}) - met4 < vec4u(${reach}u))` : `(met4 <= vec4u(${own}))`;
  return isCut ? `${earlier} & ${inside}` : earlier;
}

/** Expression (f32) of what a head's scores lose per token of distance; see `alibiSlope`. */
export const slopeOf = ({ nHead }: HeadShape, head: string): string => `exp2(f32(${head} + 1u) * ${-8 / nHead})`;

/** Statement that keeps it for `applyAlibi`, in powers of two like the scores of blocks; empty without ALiBi. */
export const beginAlibi = (shape: HeadShape, head: string): string =>
  shape.alibi ? `let slope = ${slopeOf(shape, head)} * ${Math.LOG2E};` : '';

/** Statement that takes what distance costs off the four scores of `own` and the tokens met; empty without ALiBi. */
export const applyAlibi = ({ alibi }: HeadShape, score: string, own: string): string =>
  alibi ? `${score} -= slope * abs(vec4f(met4) - f32(${own}));` : '';
