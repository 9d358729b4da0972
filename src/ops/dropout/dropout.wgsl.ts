// Dropout's mask in WGSL: the same function of (key, site, index) as `dropoutMask.ts`, to be recomputed wherever it is
// needed instead of being stored.
import type { DropoutSite } from './dropoutMask.ts';

/**
 * WGSL functions by name; `dropout_factor(start, index, …)` gives 0 or 1 / (1 − rate), `dropout_factors` those of four
 * neighbours.
 */
export const DROPOUT_FUNCTIONS: Readonly<Record<string, string>> = {
  mix32: `fn mix32(x: u32) -> u32 {
  var h = (x ^ (x >> 16u)) * 0x21f0aaadu;
  h = (h ^ (h >> 15u)) * 0x735a2d97u;
  return h ^ (h >> 15u);
}`,
  dropout_factor: `fn dropout_factor(start: u32, index: u32, threshold: u32, keep: f32) -> f32 {
  return select(keep, 0.0, mix32(start + index * 0x9e3779b9u) < threshold);
}`,
  dropout_factors: `fn dropout_factors(start: u32, index: u32, threshold: u32, keep: f32) -> vec4f {
  return vec4f(
    dropout_factor(start, index, threshold, keep),
    dropout_factor(start, index + 1u, threshold, keep),
    dropout_factor(start, index + 2u, threshold, keep),
    dropout_factor(start, index + 3u, threshold, keep),
  );
}`,
};

/** Expression (u32) of a site's start, computed once; `key` is a WGSL expression (u32). */
export const dropoutStart = (key: string, { site }: DropoutSite): string =>
  `mix32(${key} * 0x9e3779b1u + ${site >>> 0}u)`;

const constantsOf = ({ rate }: DropoutSite): string =>
  `${Math.ceil(rate * 4294967296)}u, ${(1 / (1 - rate)).toPrecision(9)}f`;

/** Expression (f32) of the factor of the element at `index` (a u32 expression). */
export const dropoutFactor = (start: string, index: string, site: DropoutSite): string =>
  `dropout_factor(${start}, ${index}, ${constantsOf(site)})`;

/** Expression (vec4f) of the factors of the elements from `index` on. */
export const dropoutFactors = (start: string, index: string, site: DropoutSite): string =>
  `dropout_factors(${start}, ${index}, ${constantsOf(site)})`;
