// Exact GELU and its slope in WGSL. Beyond ±13 the tail is zero in single precision, and stays so however large x is.
import { DENSITY_AT_ZERO, NORMAL_TAIL } from './normalTail.ts';

export const GELU_EXACT_FUNCTIONS: Readonly<Record<string, string>> = {
  normal_tail: NORMAL_TAIL,
  gelu_exact: `fn gelu_exact(x: vec4f) -> vec4f {
  let z = min(abs(x), vec4f(13.0));
  return select(x, vec4f(), x < vec4f()) - z * normal_tail(z, exp(-0.5 * z * z));
}`,
};

export const GELU_EXACT_SLOPE_FUNCTIONS: Readonly<Record<string, string>> = {
  normal_tail: NORMAL_TAIL,
  gelu_exact_slope: `fn gelu_exact_slope(x: vec4f) -> vec4f {
  let c = clamp(x, vec4f(-13.0), vec4f(13.0));
  let fall = exp(-0.5 * c * c);
  let tail = normal_tail(abs(c), fall);
  return select(1.0 - tail, tail, c < vec4f()) + ${DENSITY_AT_ZERO}f * c * fall;
}`,
};
