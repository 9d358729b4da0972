// Documents to one packed stream of tokens, split into training and validation, with the baselines of its loss.
// Drawing batches from it is `batches.ts`.
import { Random } from '../random/random.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { WorkPace } from '../tokenizers/workPace.ts';
import { isLowSurrogate, measureText } from './textSize.ts';
import { TextError } from './textSource.ts';
import type { TextDocuments, WorkContext } from './textSource.ts';

/** Ids, two bytes each where the vocabulary allows. */
export type TokenStream = Int32Array | Uint16Array;

export interface Dataset {
  readonly name: string;
  /** Number of documents. */
  readonly documents: number;
  /** Indices of the documents held out whole, all others being for training; empty if the text's end is held out. */
  readonly heldOut: ReadonlySet<number>;
  /** Unicode code points. */
  readonly characters: number;
  /** UTF-8 bytes. */
  readonly bytes: number;
  readonly train: TokenStream;
  readonly validation: TokenStream;
  /** Tokens of both parts, the end-of-text token after each document included. */
  readonly tokens: number;
  /** UTF-8 bytes that the tokens of each part stand for, for bits per byte; end-of-text stands for none. */
  readonly trainBytes: number;
  readonly validationBytes: number;
  readonly vocabSize: number;
  /** Validation loss in nats of predicting each token by its add-one-smoothed frequency in the training part. */
  readonly unigramLoss: number;
  /** ln V: loss in nats of guessing every token with equal probability. */
  readonly uniformLoss: number;
}

interface DatasetOptions {
  /** Share of the text to hold out, above 0 and below 1. */
  readonly validationFraction: number;
  /** Chooses which documents are held out. */
  readonly seed: number;
}

/** From this many documents on, whole documents are held out; below, the end of the text. */
const FEWEST_DOCUMENTS_TO_HOLD_OUT = 20;
/** Long documents are encoded in pieces of about this many UTF-16 units. */
export const PIECE_LENGTH = 64 * 1024;
/** A part needs a token and the one to predict after it. */
const FEWEST_TOKENS = 2;

/**
 * Encodes documents, each followed by end-of-text, and splits them.
 *
 * Documents longer than 64 KB are encoded in pieces that end just before white space. GPT-style BPE never joins a
 * word to the white space after it, so its tokens are the same as of the whole; only a text without any white space
 * for 64 KB is cut inside, which can change one token per cut.
 *
 * @throws TextError if the text is too short to leave two tokens in each part, UnknownCharactersError as `encode`
 *   does, and the signal's reason if cancelled
 */
export async function buildDataset(
  { name, documents }: TextDocuments,
  tokenizer: Tokenizer,
  options: DatasetOptions,
  context: WorkContext,
): Promise<Dataset> {
  const pace = new WorkPace(context);
  const heldOut =
    documents.length >= FEWEST_DOCUMENTS_TO_HOLD_OUT ? chooseHeldOut(documents, options) : new Set<number>();
  const totalLength = documents.reduce((sum, document) => sum + document.length, 0);
  const trainPart = new GrowingStream(tokenizer.vocabSize);
  const validationPart = new GrowingStream(tokenizer.vocabSize);

  let characters = 0;
  let bytes = 0;
  let encodedLength = 0;
  for (const [index, document] of documents.entries()) {
    const part = heldOut.has(index) ? validationPart : trainPart;
    for (let start = 0; start < document.length;) {
      const end = endOfPiece(document, start);
      const piece = document.slice(start, end);
      const size = measureText(piece);
      characters += size.characters;
      bytes += size.bytes;
      part.append(tokenizer.encode(piece));
      encodedLength += end - start;
      start = end;
      const breath = pace.tick(encodedLength / totalLength, 'Turning text into tokens');
      if (breath !== undefined) await breath;
    }
    part.append([tokenizer.endOfText]);
  }

  let train = trainPart.finish();
  let validation = validationPart.finish();
  if (heldOut.size === 0) {
    const wanted = Math.round(train.length * options.validationFraction);
    const cut = train.length - Math.min(Math.max(FEWEST_TOKENS, wanted), train.length - FEWEST_TOKENS);
    validation = train.slice(cut);
    train = train.slice(0, cut);
  }
  if (train.length < FEWEST_TOKENS || validation.length < FEWEST_TOKENS) {
    throw new TextError(
      `This text has only ${train.length + validation.length} tokens: too few to train on and keep some for validation. ` +
        'Choose a text with at least a few hundred characters.',
    );
  }
  await pace.yieldToEvents(1, 'Counting tokens');
  return {
    name,
    documents: documents.length,
    heldOut,
    characters,
    bytes,
    train,
    validation,
    tokens: train.length + validation.length,
    vocabSize: tokenizer.vocabSize,
    uniformLoss: Math.log(tokenizer.vocabSize),
    ...(await countTokens(train, validation, tokenizer, pace)),
  };
}

/** Documents to hold out: chosen by seed until about the wanted share of the text's length is reached. */
function chooseHeldOut(documents: readonly string[], { validationFraction, seed }: DatasetOptions): Set<number> {
  // Each document also brings its end-of-text.
  const lengthOf = (index: number): number => (documents[index]?.length ?? 0) + 1;
  const order = new Random(seed, 0x5b117).shuffle(Uint32Array.from(documents.keys()));
  const total = order.reduce((sum, index) => sum + lengthOf(index), 0);
  const wanted = validationFraction * total;
  const chosen = new Set<number>();
  let length = 0;
  for (const index of order) {
    if (length >= 0.98 * wanted) break;
    // A document that would take far more than its share stays in the training part.
    if (length + lengthOf(index) > Math.max(wanted, total / documents.length)) continue;
    chosen.add(index);
    length += lengthOf(index);
  }
  if (chosen.size === 0) chosen.add(order.reduce((best, index) => (lengthOf(index) < lengthOf(best) ? index : best)));
  return chosen;
}

/** White space by every rule that a tokenizer cuts by (`tokenizers/preToken.ts`). */
const isSurelySpace = (character: string): boolean => /(?=\s)\p{White_Space}/u.test(character);
const isSurelyNoSpace = (character: string): boolean => /(?!\s)\P{White_Space}/u.test(character);

/** End of the piece that starts at `start`: just before white space, else at least between two characters. */
function endOfPiece(text: string, start: number): number {
  const wanted = start + PIECE_LENGTH;
  if (wanted >= text.length) return text.length;
  const limit = Math.min(text.length - 1, wanted + PIECE_LENGTH);
  for (let at = wanted; at <= limit; at++) {
    if (isSurelySpace(text.charAt(at)) && isSurelyNoSpace(text.charAt(at - 1))) return at;
  }
  return isLowSurrogate(text.charCodeAt(wanted)) ? wanted + 1 : wanted;
}

/** Collects ids in blocks, so that a stream of 50 million is copied only once. */
class GrowingStream {
  readonly #small: boolean;
  readonly #blocks: TokenStream[] = [];
  #block: TokenStream;
  #used = 0;
  #length = 0;

  constructor(vocabSize: number) {
    this.#small = vocabSize <= 65_536;
    this.#block = this.#allocate(0);
  }

  #allocate(length: number): TokenStream {
    return this.#small ? new Uint16Array(length) : new Int32Array(length);
  }

  append(ids: ArrayLike<number>): void {
    if (this.#used + ids.length > this.#block.length) {
      this.#blocks.push(this.#block.subarray(0, this.#used));
      this.#block = this.#allocate(Math.max(2 ** 20, ids.length));
      this.#used = 0;
    }
    this.#block.set(ids, this.#used);
    this.#used += ids.length;
    this.#length += ids.length;
  }

  /** All ids in one array; the collector is empty afterwards. */
  finish(): TokenStream {
    const whole = this.#allocate(this.#length);
    let at = 0;
    for (const block of [...this.#blocks.splice(0), this.#block.subarray(0, this.#used)]) {
      whole.set(block, at);
      at += block.length;
    }
    this.#block = this.#allocate(0);
    this.#used = this.#length = 0;
    return whole;
  }
}

async function countTokens(
  train: TokenStream,
  validation: TokenStream,
  tokenizer: Tokenizer,
  pace: WorkPace,
): Promise<Pick<Dataset, 'trainBytes' | 'validationBytes' | 'unigramLoss'>> {
  const { vocabSize } = tokenizer;
  const count = async (stream: TokenStream): Promise<Float64Array> => {
    const counts = new Float64Array(vocabSize);
    for (let i = 0; i < stream.length; i++) {
      const id = stream[i] ?? 0;
      counts[id] = (counts[id] ?? 0) + 1;
      if ((i & 0xfffff) === 0xfffff) await pace.tick(1, 'Counting tokens');
    }
    return counts;
  };
  const trainCounts = await count(train);
  const validationCounts = await count(validation);
  let trainBytes = 0;
  let validationBytes = 0;
  let loss = 0;
  for (let id = 0; id < vocabSize; id++) {
    const inTrain = trainCounts[id] ?? 0;
    const inValidation = validationCounts[id] ?? 0;
    if (inTrain + inValidation > 0) {
      const length = tokenizer.tokenBytes(id).length;
      trainBytes += inTrain * length;
      validationBytes += inValidation * length;
    }
    loss -= inValidation * Math.log((inTrain + 1) / (train.length + vocabSize));
  }
  return { trainBytes, validationBytes, unigramLoss: loss / validation.length };
}
