// The update of a training step by whichever optimizer a run has chosen.
import * as tf from '../../engine/tf.ts';
import { adamw } from '../adamw/adamw.ts';
import { muon, type FlatMatrix } from '../muon/muon.ts';
import { sgd } from '../sgd/sgd.ts';
import type { FlatState } from './flatUpdate.ts';

/** What stays the same in all steps of a run. */
export interface OptimizerRule {
  readonly optimizer: 'adamw' | 'adam' | 'sgd' | 'muon';
  /** Decay of the first moment; the momentum of SGD and Muon. */
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** How the flat buffers are divided. */
export interface FlatBlocks {
  /** Parameters per mark. */
  readonly blockSize: number;
  /** [⌈P / blockSize⌉] int32, see `MARK`. */
  readonly marks: tf.Tensor1D;
  /** All that is marked as orthogonalised. */
  readonly matrices: readonly FlatMatrix[];
}

/**
 * The next state; caller disposes it and the old one. A norm that is not finite changes nothing.
 * @param gradient [P] @param norm its global norm, before scaling
 * @param settings [8], see `optimizerSettings`, made on this side
 */
export function optimizerStep(
  { optimizer, ...rule }: OptimizerRule,
  state: FlatState,
  gradient: tf.Tensor1D,
  norm: tf.Scalar,
  settings: tf.Tensor1D,
  { blockSize, marks, matrices }: FlatBlocks,
): FlatState {
  const constants = { ...rule, blockSize };
  switch (optimizer) {
    case 'adamw':
    case 'adam': {
      const decay = optimizer === 'adamw' ? 'decoupled' : 'gradient';
      return adamw(state, gradient, norm, marks, settings, { ...constants, decay, leavesMatrices: false });
    }
    case 'sgd': {
      const next = sgd(state, gradient, norm, marks, settings, constants);
      return { ...next, secondMoment: tf.clone(state.secondMoment) };
    }
    case 'muon':
      return muon(state, gradient, norm, marks, settings, { ...constants, matrices });
    default:
      return optimizer satisfies never;
  }
}
