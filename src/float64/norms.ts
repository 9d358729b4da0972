// Layer norm (Ba et al. 2016) and RMS norm (Zhang & Sennrich 2019) of rows, in plain loops.
import { addAt, type Tape, type Value } from './tape.ts';

const EPSILON = 1e-5;

export interface NormParameters {
  /** [C]. */
  readonly gain: Value;
  /** [C]. */
  readonly bias: Value | undefined;
}

/** @param centred whether the mean is taken away first (layer norm) or not (RMS norm) */
export function norm(tape: Tape, x: Value, { gain, bias }: NormParameters, centred: boolean): Value {
  const width = gain.values.length;
  const rows = x.values.length / width;
  const normed = new Float64Array(x.values.length);
  const deviations = new Float64Array(rows);
  const values = new Float64Array(x.values.length);
  for (let row = 0; row < rows; row++) {
    const own = x.values.subarray(row * width, (row + 1) * width);
    const mean = centred ? own.reduce((sum, value) => sum + value, 0) / width : 0;
    const variance = own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width;
    const deviation = Math.sqrt(variance + EPSILON);
    deviations[row] = deviation;
    own.forEach((value, j) => {
      const z = (value - mean) / deviation;
      normed[row * width + j] = z;
      values[row * width + j] = z * (gain.values[j] ?? 0) + (bias ? (bias.values[j] ?? 0) : 0);
    });
  }
  return tape.value(values, (own) => {
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      let sumWithNormed = 0;
      for (let j = 0; j < width; j++) {
        const g = own[row * width + j] ?? 0;
        const z = normed[row * width + j] ?? 0;
        const inner = g * (gain.values[j] ?? 0);
        sum += inner;
        sumWithNormed += inner * z;
        addAt(gain.gradient, j, g * z);
        if (bias) addAt(bias.gradient, j, g);
      }
      for (let j = 0; j < width; j++) {
        const inner = (own[row * width + j] ?? 0) * (gain.values[j] ?? 0);
        const shared = (centred ? sum : 0) + (normed[row * width + j] ?? 0) * sumWithNormed;
        addAt(x.gradient, row * width + j, (inner - shared / width) / (deviations[row] ?? 1));
      }
    }
  });
}
