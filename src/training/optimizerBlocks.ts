// How a model's flat parameters are divided for an optimizer: where weight decay applies, and which matrices Muon takes.
import type { TrainingConfig } from '../config/runConfig.ts';
import * as tf from '../engine/tf.ts';
import { decayMask, type ParameterLayout } from '../model/parameters.ts';
import { MARK } from '../ops/optimizer/marks.ts';
import type { FlatBlocks } from '../ops/optimizer/optimizer.ts';

/** Muon takes the matrices of the blocks; embeddings, output layer, gains and biases are AdamW's (Jordan et al. 2024). */
const isForMuon = ({ name, shape }: ParameterLayout['specs'][number]): boolean =>
  name.startsWith('blocks.') && shape.length === 2;

/** Caller disposes `marks`. */
export function optimizerBlocks(layout: ParameterLayout, optimizer: TrainingConfig['optimizer']): FlatBlocks {
  const { alignment, specs } = layout;
  const marks = decayMask(layout);
  const taken = optimizer === 'muon' ? specs.filter(isForMuon) : [];
  for (const { offset, size } of taken) {
    marks.fill(MARK.orthogonalised, offset / alignment, Math.ceil((offset + size) / alignment));
  }
  const matrices = taken.map(({ offset, shape: [rows = 0, columns = 0] }) => ({ offset, rows, columns }));
  return { blockSize: alignment, marks: tf.tensor1d(marks, 'int32'), matrices };
}
