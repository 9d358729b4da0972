// GELU and its slope in WGSL. One clamp makes them safe for inputs of any size: beyond ±10 the gate is 0 or 1 in single
// precision, and the exponential of the clamped value stays finite.
import { CUBIC, SLOPE } from './gelu.constants.ts';

const GATE = `fn gelu_gate(c: vec4f) -> vec4f {
  return 1.0 / (1.0 + exp(-c * (${SLOPE}f + ${SLOPE * CUBIC}f * c * c)));
}`;

export const GELU_FUNCTIONS: Readonly<Record<string, string>> = {
  gelu_gate: GATE,
  gelu: `fn gelu(x: vec4f) -> vec4f { return x * gelu_gate(clamp(x, vec4f(-10.0), vec4f(10.0))); }`,
};

export const GELU_SLOPE_FUNCTIONS: Readonly<Record<string, string>> = {
  gelu_gate: GATE,
  gelu_slope: `fn gelu_slope(x: vec4f) -> vec4f {
  let c = clamp(x, vec4f(-10.0), vec4f(10.0));
  let gate = gelu_gate(c);
  return gate + c * (${SLOPE}f + ${3 * SLOPE * CUBIC}f * c * c) * (gate - gate * gate);
}`,
};
