// Shapes that tests of attention have in common: GPT-3's own, and every combination of what may be switched.
import type { HeadShape } from './heads.ts';

type Switches = Pick<HeadShape, 'nKeyValueHead' | 'causal' | 'band' | 'alibi'>;

/** Causal and dense, a key head for each query head, unless told. */
export const shapeOf = (
  batch: number,
  nHead: number,
  length: number,
  headSize: number,
  switches: Partial<Switches> = {},
): HeadShape => ({
  batch,
  nHead,
  length,
  headSize,
  nKeyValueHead: nHead,
  causal: true,
  band: 0,
  alibi: false,
  ...switches,
});

/** Each switch as an exception to `shapeOf`, for shapes with an even number of heads. */
const exceptions = (nHead: number, band: number): Readonly<Record<string, Partial<Switches>>> => ({
  'shared key heads': { nKeyValueHead: nHead / 2 },
  'both ways': { causal: false },
  band: { band },
  ALiBi: { alibi: true },
});

/** No switch, every one, every pair and all together, by name. */
export function combinations(nHead: number, band: number): { name: string; switches: Partial<Switches> }[] {
  const entries = Object.entries(exceptions(nHead, band));
  return Array.from({ length: 2 ** entries.length }, (_, bits) => entries.filter((_entry, i) => (bits >> i) % 2 === 1))
    .filter((chosen) => chosen.length !== 3)
    .map((chosen) => ({
      name: chosen.map(([name]) => name).join(' + ') || 'none',
      switches: chosen.reduce<Partial<Switches>>((all, [, one]) => ({ ...all, ...one }), {}),
    }));
}

/** Combinations that decoding from a cache knows. */
export const causalCombinations = (nHead: number, band: number) =>
  combinations(nHead, band).filter(({ switches }) => switches.causal !== false);
