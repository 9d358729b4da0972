// Operations on rows [N, C] in plain loops: looking up, adding, scaling, products with a matrix, and the choice of rows
// that a prediction is made from.
import { addAt, type Tape, type Value } from './tape.ts';

/** Rows of a table [V, C] by their ids. @throws RangeError on an id that the table does not have */
export function lookUp(tape: Tape, table: Value, ids: ArrayLike<number>, width: number): Value {
  const values = new Float64Array(ids.length * width);
  for (let row = 0; row < ids.length; row++) {
    const start = (ids[row] ?? -1) * width;
    if (start < 0 || start >= table.values.length) throw new RangeError(`There is no token ${ids[row]}.`);
    values.set(table.values.subarray(start, start + width), row * width);
  }
  return tape.value(values, (own) => {
    for (let i = 0; i < own.length; i++) {
      const id = ids[Math.floor(i / width)] ?? 0;
      addAt(table.gradient, id * width + (i % width), own[i] ?? 0);
    }
  });
}

export function add(tape: Tape, a: Value, b: Value): Value {
  const values = a.values.map((value, i) => value + (b.values[i] ?? Number.NaN));
  return tape.value(values, (own) => {
    for (let i = 0; i < own.length; i++) {
      addAt(a.gradient, i, own[i] ?? 0);
      addAt(b.gradient, i, own[i] ?? 0);
    }
  });
}

/** Adds numbers that nothing learns. */
export function addConstants(tape: Tape, x: Value, constants: Float64Array): Value {
  const values = x.values.map((value, i) => value + (constants[i] ?? Number.NaN));
  return tape.value(values, (own) => {
    for (let i = 0; i < own.length; i++) addAt(x.gradient, i, own[i] ?? 0);
  });
}

/** Times one factor each, as dropout has them; without factors x itself. */
export function scaled(tape: Tape, x: Value, factors: ArrayLike<number> | undefined): Value {
  if (factors === undefined) return x;
  const values = x.values.map((value, i) => value * (factors[i] ?? Number.NaN));
  return tape.value(values, (own) => {
    for (let i = 0; i < own.length; i++) addAt(x.gradient, i, (own[i] ?? 0) * (factors[i] ?? 0));
  });
}

export interface LinearMap {
  /** [K, M]. */
  readonly weight: Value;
  /** [M]. */
  readonly bias: Value | undefined;
  /** K. */
  readonly from: number;
  /** M. */
  readonly to: number;
}

/** x [N, K] · weight [K, M] + bias. */
export function linear(tape: Tape, x: Value, { weight, bias, from, to }: LinearMap): Value {
  const rows = x.values.length / from;
  const values = new Float64Array(rows * to);
  for (let row = 0; row < rows; row++) {
    if (bias) values.set(bias.values, row * to);
    for (let i = 0; i < from; i++) {
      const factor = x.values[row * from + i] ?? 0;
      for (let j = 0; j < to; j++) addAt(values, row * to + j, factor * (weight.values[i * to + j] ?? 0));
    }
  }
  return tape.value(values, (own) => {
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < from; i++) {
        const factor = x.values[row * from + i] ?? 0;
        let sum = 0;
        for (let j = 0; j < to; j++) {
          const g = own[row * to + j] ?? 0;
          sum += g * (weight.values[i * to + j] ?? 0);
          addAt(weight.gradient, i * to + j, g * factor);
        }
        addAt(x.gradient, row * from + i, sum);
      }
      if (bias === undefined) continue;
      for (let j = 0; j < to; j++) addAt(bias.gradient, j, own[row * to + j] ?? 0);
    }
  });
}

/** x [N, C] · tableᵀ, with a table [V, C]: logits from the token embedding. */
export function againstTable(tape: Tape, x: Value, table: Value, width: number): Value {
  const rows = x.values.length / width;
  const size = table.values.length / width;
  const values = new Float64Array(rows * size);
  for (let row = 0; row < rows; row++) {
    for (let id = 0; id < size; id++) {
      let sum = 0;
      for (let j = 0; j < width; j++) sum += (x.values[row * width + j] ?? 0) * (table.values[id * width + j] ?? 0);
      values[row * size + id] = sum;
    }
  }
  return tape.value(values, (own) => {
    for (let row = 0; row < rows; row++) {
      for (let id = 0; id < size; id++) {
        const g = own[row * size + id] ?? 0;
        for (let j = 0; j < width; j++) {
          addAt(x.gradient, row * width + j, g * (table.values[id * width + j] ?? 0));
          addAt(table.gradient, id * width + j, g * (x.values[row * width + j] ?? 0));
        }
      }
    }
  });
}

/** One row per sequence of `length` rows: a weighted sum of them. @param weightOf by the row's place in its sequence */
export function pooled(tape: Tape, x: Value, width: number, length: number, weightOf: (t: number) => number): Value {
  const values = new Float64Array(x.values.length / length);
  const target = (i: number): number => Math.floor(i / (width * length)) * width + (i % width);
  const weight = (i: number): number => weightOf(Math.floor(i / width) % length);
  x.values.forEach((value, i) => addAt(values, target(i), weight(i) * value));
  return tape.value(values, (own) => {
    for (let i = 0; i < x.values.length; i++) addAt(x.gradient, i, weight(i) * (own[target(i)] ?? 0));
  });
}
