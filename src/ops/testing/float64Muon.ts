// Muon in plain loops and double precision, tall matrices transposed as its authors do: what `muon` is tested against.
// Not for training.
import type { FlatMatrix } from '../muon/muon.ts';
import { float64AdamW, float64Clipped, type Float64Settings, type Float64State } from './float64AdamW.ts';

type Rows = readonly Float64Array[];

const transposed = (x: Rows): Rows =>
  Array.from(x[0] ?? [], (_, j) => Float64Array.from(x, (row) => row[j] ?? Number.NaN));
const product = (a: Rows, b: Rows): Rows => {
  const columns = transposed(b);
  return a.map((row) =>
    Float64Array.from(columns, (column) => row.reduce((sum, x, k) => sum + x * (column[k] ?? 0), 0)),
  );
};
const combined = (a: number, x: Rows, b: number, y: Rows): Rows =>
  x.map((row, i) => row.map((value, j) => a * value + b * (y[i]?.[j] ?? Number.NaN)));

/** Five Newton–Schulz iterations (Jordan et al. 2024) on x [R, C], flat. */
export function float64Orthogonalised(x: Float64Array, columns: number): Float64Array {
  const rows = Array.from({ length: x.length / columns }, (_, i) => x.subarray(i * columns, (i + 1) * columns));
  const isTall = rows.length > columns;
  const norm = Math.sqrt(x.reduce((sum, value) => sum + value * value, 0));
  let y: Rows = (isTall ? transposed(rows) : rows).map((row) => row.map((value) => value / (norm + 1e-7)));
  for (let i = 0; i < 5; i++) {
    const gram = product(y, transposed(y));
    const polynomial = combined(-4.775, gram, 2.0315, product(gram, gram));
    y = combined(3.4445, y, 1, product(polynomial, y));
  }
  return Float64Array.from((isTall ? transposed(y) : y).flatMap((row) => [...row]));
}

/** One step in place: matrices by Muon, the rest by AdamW. @param decays 1 where weight decay applies */
export function float64Muon(
  state: Float64State,
  gradient: Float64Array,
  decays: ArrayLike<number>,
  matrices: readonly FlatMatrix[],
  settings: Float64Settings,
): void {
  const { beta1, learningRate, weightDecay } = settings;
  const clipped = float64Clipped(gradient, settings);
  const kept = matrices.map(({ offset, rows, columns }) => {
    const part = (values: Float64Array): Float64Array => values.slice(offset, offset + rows * columns);
    const momentum = part(state.firstMoment).map((m, i) => beta1 * m + (clipped[offset + i] ?? 0));
    const direction = float64Orthogonalised(
      momentum.map((m, i) => (clipped[offset + i] ?? 0) + beta1 * m),
      columns,
    );
    const stepSize = learningRate * 0.2 * Math.sqrt(Math.max(rows, columns));
    const parameters = part(state.parameters).map(
      (p, i) => p - learningRate * weightDecay * p - stepSize * (direction[i] ?? 0),
    );
    return { offset, parameters, momentum, secondMoment: part(state.secondMoment) };
  });
  float64AdamW(state, gradient, decays, settings);
  for (const { offset, parameters, momentum, secondMoment } of kept) {
    state.parameters.set(parameters, offset);
    state.firstMoment.set(momentum, offset);
    state.secondMoment.set(secondMoment, offset);
  }
}
