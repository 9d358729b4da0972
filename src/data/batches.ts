// Batches of a token stream: for training without replacement within an epoch (Brown et al. 2020, App. B) and from an
// exact position, for validation always the same. Knows nothing of tensors.
import { Random } from '../random/random.ts';
import type { Dataset, TokenStream } from './dataset.ts';
import { TextError } from './textSource.ts';

/** Rows of `contextLength` tokens, one after the other: inputs and targets are [batchSize · contextLength]. */
export interface Batch {
  readonly inputs: Int32Array;
  /** The token after each input. */
  readonly targets: Int32Array;
  readonly batchSize: number;
  readonly contextLength: number;
}

/** Where a sampler is: the next window of that epoch's order. JSON-safe. */
interface BatchPosition {
  readonly epoch: number;
  readonly cursor: number;
}

/**
 * Draws every window of the stream once per epoch in a seeded order. Each epoch cuts the windows at another random
 * offset, so that tokens meet other neighbours at the edges; a batch may go on into the next epoch.
 */
export class BatchSampler {
  readonly #stream: TokenStream;
  readonly #contextLength: number;
  readonly #seed: number;
  #epoch = -1;
  #cursor = 0;
  /** First token of each window of this epoch, in the order drawn. */
  #starts = new Uint32Array(0);

  /**
   * @param position where to go on, as `state()` told it; a sampler of the same stream, context and seed then goes on
   *   exactly as the other would have
   * @throws TextError if the stream holds no whole window, RangeError on a position that cannot be
   */
  constructor(
    stream: TokenStream,
    contextLength: number,
    seed: number,
    position: BatchPosition = { epoch: 0, cursor: 0 },
  ) {
    if (stream.length < contextLength + 1) {
      throw new TextError(
        `The training part of this text has ${stream.length} tokens, but a context of ${contextLength} needs at least ` +
          `${contextLength + 1}. Choose a context of at most ${stream.length - 1}, or a longer text.`,
      );
    }
    this.#stream = stream;
    this.#contextLength = contextLength;
    this.#seed = seed;
    const { epoch, cursor } = position;
    if (!Number.isInteger(epoch) || epoch < 0) throw new RangeError(`There is no epoch ${epoch}.`);
    this.#enter(epoch);
    if (!Number.isInteger(cursor) || cursor < 0 || cursor > this.#starts.length) {
      throw new RangeError(`Epoch ${epoch} has ${this.#starts.length} windows, so no position ${cursor}.`);
    }
    this.#cursor = cursor;
  }

  state(): BatchPosition {
    return { epoch: this.#epoch, cursor: this.#cursor };
  }

  /** Number of windows in the present epoch (differs by at most one between epochs). */
  get windows(): number {
    return this.#starts.length;
  }

  /** The next batch, in arrays of its own. */
  next(batchSize: number): Batch {
    const size = batchSize * this.#contextLength;
    const inputs = new Int32Array(size);
    const targets = new Int32Array(size);
    for (let row = 0; row < batchSize; row++) {
      if (this.#cursor >= this.#starts.length) this.#enter(this.#epoch + 1);
      const start = this.#starts[this.#cursor] ?? 0;
      this.#cursor++;
      copyWindow(this.#stream, start, this.#contextLength, inputs, targets, row * this.#contextLength);
    }
    return { inputs, targets, batchSize, contextLength: this.#contextLength };
  }

  #enter(epoch: number): void {
    const random = new Random(this.#seed, 0xba7c4, epoch);
    const last = this.#stream.length - 1 - this.#contextLength;
    const offset = random.integer(Math.min(this.#contextLength, last + 1));
    const count = Math.floor((last - offset) / this.#contextLength) + 1;
    const starts = new Uint32Array(count);
    for (let i = 0; i < count; i++) starts[i] = offset + i * this.#contextLength;
    this.#starts = random.shuffle(starts);
    this.#epoch = epoch;
    this.#cursor = 0;
  }
}

/**
 * Batches over the validation part, the same every time: windows without overlap, spread evenly over it if there are
 * more than wanted. Batches have `batchSize` rows, but the last one, which has what is left; if the part is shorter than
 * one window, its only row is shorter too.
 */
export function validationBatches(
  dataset: Pick<Dataset, 'validation'>,
  contextLength: number,
  batchSize: number,
  mostWindows: number,
): Batch[] {
  const stream = dataset.validation;
  const length = Math.min(contextLength, stream.length - 1);
  const windows = Math.floor((stream.length - 1) / length);
  const count = Math.min(mostWindows, windows);
  return Array.from({ length: Math.ceil(count / batchSize) }, (_, batch) => {
    const rows = Math.min(batchSize, count - batch * batchSize);
    const inputs = new Int32Array(rows * length);
    const targets = new Int32Array(rows * length);
    for (let row = 0; row < rows; row++) {
      const window = Math.floor(((batch * batchSize + row) * windows) / count);
      copyWindow(stream, window * length, length, inputs, targets, row * length);
    }
    return { inputs, targets, batchSize: rows, contextLength: length };
  });
}

function copyWindow(
  stream: TokenStream,
  start: number,
  length: number,
  inputs: Int32Array,
  targets: Int32Array,
  at: number,
): void {
  inputs.set(stream.subarray(start, start + length), at);
  targets.set(stream.subarray(start + 1, start + 1 + length), at);
}
