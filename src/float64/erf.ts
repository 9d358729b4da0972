// The error function to full double precision; JavaScript has none.

/** Below it the power series converges fast and loses little; above it the continued fraction does. */
const SERIES_END = 2.5;
const FRACTION_TERMS = 60;

/** (2/√π) ∫₀ˣ exp(−t²) dt. */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (Number.isNaN(x)) return x;
  return Math.sign(x) * (size < SERIES_END ? series(size) : 1 - complement(size));
}

/** Abramowitz & Stegun 7.1.6: all terms positive, so nothing cancels. */
function series(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** erfc for larger x: Abramowitz & Stegun 7.1.14, from its end. */
function complement(x: number): number {
  let rest = x;
  for (let n = FRACTION_TERMS; n > 0; n--) rest = x + n / 2 / rest;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * rest);
}
