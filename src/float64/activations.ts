// What stands between the two maps of a feed-forward, entry by entry: GELU in both forms (Hendrycks & Gimpel 2016),
// ReLU, and SwiGLU (Shazeer 2020).
import type { ModelConfig } from '../config/runConfig.ts';
import { erf } from './erf.ts';
import { addAt, type Tape, type Value } from './tape.ts';

interface Pointwise {
  readonly value: (x: number) => number;
  readonly slope: (x: number) => number;
}

const TANH_SCALE = Math.sqrt(2 / Math.PI);
const TANH_CUBIC = 0.044715;
const tanhOf = (x: number): number => Math.tanh(TANH_SCALE * (x + TANH_CUBIC * x ** 3));

const gelu: Pointwise = {
  value: (x) => 0.5 * x * (1 + tanhOf(x)),
  slope: (x) => {
    const t = tanhOf(x);
    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * TANH_SCALE * (1 + 3 * TANH_CUBIC * x * x);
  },
};

/** Share of the standard normal distribution below x. */
const normalShare = (x: number): number => 0.5 * (1 + erf(x / Math.SQRT2));

const geluExact: Pointwise = {
  value: (x) => x * normalShare(x),
  slope: (x) => normalShare(x) + (x * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI),
};

const relu: Pointwise = { value: (x) => Math.max(0, x), slope: (x) => (x > 0 ? 1 : 0) };

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
const silu: Pointwise = {
  value: (x) => x * logistic(x),
  slope: (x) => logistic(x) * (1 + x * (1 - logistic(x))),
};

function pointwise(tape: Tape, x: Value, { value, slope }: Pointwise): Value {
  return tape.value(x.values.map(value), (own) => {
    for (let i = 0; i < own.length; i++) addAt(x.gradient, i, (own[i] ?? 0) * slope(x.values[i] ?? 0));
  });
}

/** [N, 2F] → [N, F]: silu of the first half of each row, times the second half. @param width F */
function swiglu(tape: Tape, x: Value, width: number): Value {
  const values = new Float64Array(x.values.length / 2);
  const first = (i: number): number => Math.floor(i / width) * 2 * width + (i % width);
  for (let i = 0; i < values.length; i++) {
    values[i] = silu.value(x.values[first(i)] ?? 0) * (x.values[first(i) + width] ?? 0);
  }
  return tape.value(values, (own) => {
    for (let i = 0; i < own.length; i++) {
      const [gate, other, g] = [x.values[first(i)] ?? 0, x.values[first(i) + width] ?? 0, own[i] ?? 0];
      addAt(x.gradient, first(i), g * other * silu.slope(gate));
      addAt(x.gradient, first(i) + width, g * silu.value(gate));
    }
  });
}

/** @param width F, what is left of a row */
export function activate(tape: Tape, x: Value, activation: ModelConfig['activation'], width: number): Value {
  switch (activation) {
    case 'gelu':
      return pointwise(tape, x, gelu);
    case 'gelu-exact':
      return pointwise(tape, x, geluExact);
    case 'relu':
      return pointwise(tape, x, relu);
    case 'swiglu':
      return swiglu(tape, x, width);
    default:
      return activation satisfies never;
  }
}
