// What the rest of the worker's side asks of a model, whichever way it runs: eagerly, or as plans on a GPU.
import type { ModelConfig } from '../config/runConfig.ts';
import type { ParameterLayout } from './parameters.ts';

/** Tokens and what follows each: both [B·T]. */
export interface Batch {
  readonly inputs: Int32Array;
  readonly targets: Int32Array;
  /** T: tokens per sequence, at most the context. */
  readonly contextLength: number;
}

/** Reads sequences token by token, remembering the keys and values of what it has read. Dispose when done. */
export interface Decoder {
  /** Tokens read so far, of each sequence. */
  readonly length: number;
  /**
   * Reads further tokens, equally many of each sequence.
   * @returns logits after the last, [V] for each sequence
   * @throws RangeError if more would be read than the context holds
   */
  read(tokens: readonly (readonly number[])[]): Promise<Float32Array[]>;
  /**
   * Lets sequence i go on from what sequence parents[i] has read, exactly; so beams branch and end.
   * @param parents one for each sequence; a place that is not needed may name any
   * @throws RangeError if they are not as many as the sequences, or name one that is not there
   */
  reorder(parents: readonly number[]): void;
  /** Forgets everything read. */
  reset(): void;
  dispose(): void;
}

export interface LanguageModel {
  readonly config: ModelConfig;
  readonly vocabSize: number;
  /** Parameters side by side, as gradients and checkpoints are laid out on this side. */
  readonly layout: ParameterLayout;
  readonly parameterCount: number;
  /** Mean loss of each batch in nats, nothing dropped. */
  losses(batches: readonly Batch[]): Promise<number[]>;
  /** Mean loss in nats of a training batch, with its gradient. @param dropoutKey decides what is dropped */
  lossAndGradient(batch: Batch, dropoutKey: number): Promise<{ loss: number; gradient: Float32Array }>;
  /** Logits at every position of whole sequences, [B·T, V]. @param length T, at most the context */
  logits(ids: Int32Array, length: number): Promise<Float32Array>;
  /**
   * @param samples sequences that are read side by side
   * @throws TooManySequencesError if the device cannot hold so many
   */
  newDecoder(samples: number): Promise<Decoder>;
  /** Attention weights of one layer over one sequence, [H, T, T]; rows sum to 1. @throws RangeError without such a layer */
  attentionWeights(ids: Int32Array, layer: number): Promise<Float32Array>;
}

/** A device cannot hold the keys and values of so many sequences at once. */
export class TooManySequencesError extends RangeError {
  /** The most that it can; may be 0. */
  readonly most: number;
  constructor(samples: number, most: number) {
    super(`This device cannot read ${samples} texts of this model side by side, but at most ${most}.`);
    this.name = 'TooManySequencesError';
    this.most = most;
  }
}

/** @throws RangeError if the tokens do not fit, or differ in number */
export function requireReadable(tokens: readonly (readonly number[])[], read: number, contextLength: number): number {
  const count = tokens[0]?.length ?? 0;
  if (tokens.some(({ length }) => length !== count)) throw new RangeError('Sequences are read equally far.');
  if (count === 0) throw new RangeError('There is nothing to read.');
  if (read + count > contextLength) throw new RangeError('The tokens to read reach beyond the context.');
  return count;
}

/** @throws RangeError if the parents are not as many as the sequences, or name one that is not there */
export function requireParents(parents: readonly number[], samples: number): void {
  if (parents.length !== samples) {
    throw new RangeError(`This decoder reads ${samples} sequences, but ${parents.length} parents were named.`);
  }
  const unknown = parents.find((parent) => !Number.isInteger(parent) || parent < 0 || parent >= samples);
  if (unknown !== undefined) throw new RangeError(`This decoder has no sequence ${unknown}.`);
}
