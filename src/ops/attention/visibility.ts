// Which tokens of its sequence a token sees, and what distance costs (Press et al. 2022). In WGSL: `visibility.wgsl.ts`.
import type { HeadShape } from './heads.ts';

/** Tokens that a token sees at most in each direction, itself included. */
export const reachOf = ({ band, length }: HeadShape): number => (band > 0 ? Math.min(band, length) : length);

/** Whether the band hides anything. */
export const isBanded = (shape: HeadShape): boolean => reachOf(shape) < shape.length;

/** Pairs of a token and one that it sees, in one sequence of one head. */
export function seenPairs(shape: HeadShape): number {
  const reach = reachOf(shape);
  // Of n tokens next to a token on one side, it sees at most reach − 1.
  let aside = 0;
  for (let n = 0; n < shape.length; n++) aside += Math.min(n, reach - 1);
  return shape.length + (shape.causal ? 1 : 2) * aside;
}

/** ALiBi's m: what a head's scores lose per token of distance; a geometric sequence from 2^(−8/H) on. */
export const alibiSlope = (head: number, nHead: number): number => 2 ** ((-8 * (head + 1)) / nHead);
