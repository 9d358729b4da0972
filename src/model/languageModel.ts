// What the rest of the worker's side asks of a model, whichever way it runs: eagerly, or as plans on a GPU.
import type { ModelConfig } from '../config/runConfig.ts';
import type { Cut } from '../ops/tokenChoice/drawToken.ts';
import type { ParameterLayout } from './parameters.ts';

/** Where a model is asked for the next token; see `PREDICTIONS`. */
export type Question = ModelConfig['prediction'];

/** Tokens and what follows each: both [B·T]. */
export interface Batch {
  readonly inputs: Int32Array;
  readonly targets: Int32Array;
  /** T: tokens per sequence, at most the context. */
  readonly contextLength: number;
}

/** Draws tokens on the device and reads them there, several under way at once. */
export interface DeviceWriter {
  /** Tokens that the next `write` may ask for; 0 where the last one drawn could not be read. */
  readonly room: number;
  /**
   * Draws each sequence's next token from what followed its last one, and reads it, for each of `draws` in turn. After a
   * `read` or another `write`. Where the context is full and does not slide, the last token is drawn but not read: the
   * decoder's length tells.
   * @param draws for each token, `room` at most, a number in [0, 1) for each sequence; see `drawToken`
   * @throws RangeError if they do not fit
   */
  write(draws: readonly (readonly number[])[], cut: Cut): Promise<DrawnTokens[]>;
}

/** One token for each sequence. */
export interface DrawnTokens {
  readonly ids: readonly number[];
  /** What they were drawn from, [V] for each sequence. */
  readonly logits: readonly Float32Array[];
}

/** Reads sequences token by token, remembering the keys and values of what it has read. Dispose when done. */
export interface Decoder {
  /** Tokens read so far, of each sequence. */
  readonly length: number;
  /** Whether more can be read than the context holds: the oldest tokens then drop out of it. */
  readonly slides: boolean;
  /**
   * Reads further tokens, equally many of each sequence.
   * @returns logits after the last, [V] for each sequence
   * @throws RangeError if more would be read than the context holds, unless it slides
   */
  read(tokens: readonly (readonly number[])[]): Promise<Float32Array[]>;
  /**
   * Lets sequence i go on from what sequence parents[i] has read, exactly; so beams branch and end.
   * @param parents one for each sequence; a place that is not needed may name any
   * @throws RangeError if they are not as many as the sequences, or name one that is not there; TooManySequencesError if
   *   the device has no memory for it
   */
  reorder(parents: readonly number[]): Promise<void>;
  /** There where the device itself can draw tokens. */
  readonly writer?: DeviceWriter;
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
  /**
   * Mean loss of each batch in nats, nothing dropped.
   * @param question where the model is asked; as it is trained unless told
   */
  losses(batches: readonly Batch[], question?: Question): Promise<number[]>;
  /** Mean loss in nats of a training batch, with its gradient. @param dropoutKey decides what is dropped */
  lossAndGradient(batch: Batch, dropoutKey: number): Promise<{ loss: number; gradient: Float32Array }>;
  /**
   * Logits of whole sequences wherever the model is asked: [B·T, V], or [B, V] for one question each.
   * @param length T, at most the context
   * @param question where the model is asked; as it is trained unless told
   */
  logits(ids: Int32Array, length: number, question?: Question): Promise<Float32Array>;
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
  /** The most that it can, or where that is not known fewer that may fit; may be 0. */
  readonly most: number;
  /** @param most undefined where the device has just run out of memory */
  constructor(samples: number, most?: number) {
    const what = `This device cannot read ${samples} texts of this model side by side`;
    super(most === undefined ? `${what}: its memory is full.` : `${what}, but at most ${most}.`);
    this.name = 'TooManySequencesError';
    this.most = most ?? Math.floor(samples / 2);
  }
}

/** What a model that is asked at every position is asked at the end of a sequence. */
export const finalQuestion = ({ prediction }: Pick<ModelConfig, 'prediction'>): Question =>
  prediction === 'mean' ? 'mean' : 'last';

/**
 * By which question a model is measured: as it is trained, but at the end of a sequence alone where every position sees
 * the token that it is asked for.
 */
export const measuredQuestion = (model: Pick<ModelConfig, 'causal' | 'prediction'>): Question =>
  seesAnswers(model) ? finalQuestion(model) : model.prediction;

/** Whether positions that are asked for the next token look ahead, and so see it. */
export const seesAnswers = ({ causal, prediction }: Pick<ModelConfig, 'causal' | 'prediction'>): boolean =>
  !causal && prediction === 'every';

/** Whether keys and values of the past can be kept: nothing looks ahead, and no answer comes from all tokens at once. */
export const keepsPast = ({ causal, prediction }: Pick<ModelConfig, 'causal' | 'prediction'>): boolean =>
  causal && prediction !== 'mean';

/** Whether a model whose past is kept can go on beyond its context: its positions tell distances, or nothing. */
export const canSlide = ({ positions }: Pick<ModelConfig, 'positions'>): boolean =>
  positions === 'rotary' || positions === 'alibi' || positions === 'none';

/** Answers to a question about rows B·T of sequences of T. */
export const targetCount = (rows: number, length: number, question: Question): number =>
  question === 'every' ? rows : rows / length;

/** What answers a question: the token after every position [B·T], or the one after each sequence [B]. */
export function askedTargets({ targets, contextLength }: Batch, question: Question): Int32Array {
  if (question === 'every') return targets;
  const count = targets.length / contextLength;
  return Int32Array.from({ length: count }, (_, sequence) => targets[(sequence + 1) * contextLength - 1] ?? 0);
}

/** @returns how many tokens there are of each sequence @throws RangeError if none, or not equally many */
export function requireEqualCounts(tokens: readonly (readonly number[])[]): number {
  const count = tokens[0]?.length ?? 0;
  if (tokens.some(({ length }) => length !== count)) throw new RangeError('Sequences are read equally far.');
  if (count === 0) throw new RangeError('There is nothing to read.');
  return count;
}

/**
 * @returns how many tokens there are of each sequence
 * @throws RangeError if there are none or not equally many, or if they do not fit a decoder that does not slide
 */
export function requireReadable(
  tokens: readonly (readonly number[])[],
  { length, slides }: Pick<Decoder, 'length' | 'slides'>,
  contextLength: number,
): number {
  const count = requireEqualCounts(tokens);
  if (!slides && length + count > contextLength) {
    throw new RangeError('The tokens to read reach beyond the context.');
  }
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
