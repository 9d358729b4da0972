// Every optimizer in double precision, by name, and a small flat layout to try them on.
import type { FlatMatrix } from '../muon/muon.ts';
import { MARK } from '../optimizer/marks.ts';
import type { OptimizerRule } from '../optimizer/optimizer.ts';
import { float64Adam, float64AdamW, type Float64Settings, type Float64State } from './float64AdamW.ts';
import { float64Muon } from './float64Muon.ts';
import { float64Sgd } from './float64Sgd.ts';

export const RULES = ['adamw', 'adam', 'sgd', 'muon'] as const satisfies readonly OptimizerRule['optimizer'][];

/** One step in place. @param decays 1 where weight decay applies @param matrices those that Muon takes */
export function float64Step(
  optimizer: OptimizerRule['optimizer'],
  state: Float64State,
  gradient: Float64Array,
  decays: ArrayLike<number>,
  matrices: readonly FlatMatrix[],
  settings: Float64Settings,
): void {
  switch (optimizer) {
    case 'adamw':
      return float64AdamW(state, gradient, decays, settings);
    case 'adam':
      return float64Adam(state, gradient, decays, settings);
    case 'sgd':
      return float64Sgd(state, gradient, decays, settings);
    case 'muon':
      return float64Muon(state, gradient, decays, matrices, settings);
    default:
      return optimizer satisfies never;
  }
}

/** A flat layout of a wide, a tall and a square matrix between parameters that are none. */
export interface FlatTrial {
  readonly size: number;
  readonly matrices: readonly FlatMatrix[];
  readonly marks: Int32Array;
  /** One entry per parameter. */
  readonly decays: Int32Array;
  /** 1 for parameters, 0 for what lies between them and always is zero. */
  readonly used: Int32Array;
}

export function flatTrial(blockSize: number, forMuon: boolean): FlatTrial {
  let offset = 0;
  const places: (readonly [number, number])[] = [];
  const after = (size: number): number => {
    const start = offset;
    places.push([start, start + size]);
    offset = Math.ceil((offset + size) / blockSize) * blockSize;
    return start;
  };
  const [embedding, bias] = [after(21), after(5)];
  const matrices = [
    [3, 7],
    [8, 4],
    [6, 6],
    [1, 5],
  ].map(([rows = 1, columns = 1]) => ({ offset: after(rows * columns), rows, columns }));
  const last = after(9);
  const marks = new Int32Array(offset / blockSize);
  const decays = new Int32Array(offset);
  const mark = (start: number, size: number, value: number): void => {
    const end = Math.ceil((start + size) / blockSize);
    marks.fill(value, start / blockSize, end);
    decays.fill(value === MARK.plain ? 0 : 1, start, end * blockSize);
  };
  mark(embedding, 21, MARK.decays);
  mark(bias, 5, MARK.plain);
  mark(last, 9, MARK.plain);
  const ofMatrices = forMuon ? MARK.orthogonalised : MARK.decays;
  for (const { offset: start, rows, columns } of matrices) mark(start, rows * columns, ofMatrices);
  const used = new Int32Array(offset);
  for (const [start, end] of places) used.fill(1, start, end);
  return { size: offset, matrices: forMuon ? matrices : [], marks, decays, used };
}
