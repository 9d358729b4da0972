// The packed stream: nothing lost, split as promised, baselines right, long documents in pieces, cancellable.
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { UnknownCharactersError } from '../tokenizers/tokenizer.ts';
import type { Dataset } from './dataset.ts';
import { buildDataset, PIECE_LENGTH } from './dataset.ts';
import { generateTales } from './tales/generateTales.ts';
import type { WorkContext } from './textSource.ts';
import { TextError } from './textSource.ts';

/** One id per byte; end-of-text is the last id. A larger vocabulary only adds unused ids before it. */
function byteTokenizer(vocabSize = 257): Tokenizer {
  return {
    kind: 'byte',
    vocabSize,
    endOfText: vocabSize - 1,
    encode: (text) => Int32Array.from(new TextEncoder().encode(text)),
    decode: (ids) => new TextDecoder().decode(Uint8Array.from(Array.from(ids).filter((id) => id < 256))),
    tokenBytes: (id) => (id < 256 ? Uint8Array.of(id) : new Uint8Array(0)),
    serialize: () => ({ kind: 'byte' }),
  };
}
/** Like GPT's BPE, takes a word together with the one space before it; ids in order of appearance. */
function wordTokenizer(): Tokenizer & { pieces: string[] } {
  const ids = new Map<string, number>();
  const pieces: string[] = [];
  return {
    ...byteTokenizer(60_000),
    pieces,
    encode: (text) => {
      pieces.push(text);
      const found = text.match(/ ?[^\s]+|\s+(?!\S)|\s+/g) ?? [];
      return Int32Array.from(found, (word) => {
        const id = ids.get(word) ?? ids.size;
        ids.set(word, id);
        return id;
      });
    },
  };
}
const contextOf = (signal = new AbortController().signal): WorkContext => ({
  signal,
  onProgress: () => undefined,
  yieldToEvents: async () => undefined,
});
const build = (documents: string[], fraction = 0.1, seed = 1, tokenizer = byteTokenizer()): Promise<Dataset> =>
  buildDataset({ name: 'text', documents }, tokenizer, { validationFraction: fraction, seed }, contextOf());
/** The documents of a stream, each of which must end with end-of-text. */
function documentsIn(stream: ArrayLike<number>, tokenizer: Tokenizer): string[] {
  const ids = Array.from(stream);
  expect(ids.at(-1)).toBe(tokenizer.endOfText);
  const documents: string[] = [];
  for (let start = 0; start < ids.length;) {
    const end = ids.indexOf(tokenizer.endOfText, start);
    documents.push(tokenizer.decode(ids.slice(start, end)));
    start = end + 1;
  }
  return documents;
}

describe('buildDataset with 20 documents or more', () => {
  const tales = [...generateTales(1, 40_000)];

  it('holds out whole documents, about the share asked for, and loses none', async () => {
    for (const fraction of [0.01, 0.1, 0.5]) {
      const dataset = await build(tales, fraction);
      const train = documentsIn(dataset.train, byteTokenizer());
      const validation = documentsIn(dataset.validation, byteTokenizer());
      expect([...train, ...validation].sort()).toEqual([...tales].sort());
      expect(train).toEqual(tales.filter((_, index) => !dataset.heldOut.has(index)));
      expect(validation).toEqual(tales.filter((_, index) => dataset.heldOut.has(index)));
      expect(Math.abs(dataset.validation.length / dataset.tokens - fraction)).toBeLessThan(0.01);
    }
  });

  it('chooses by seed', async () => {
    const [first, again, other] = [await build(tales, 0.1, 5), await build(tales, 0.1, 5), await build(tales, 0.1, 6)];
    expect(again.validation).toEqual(first.validation);
    expect(other.validation).not.toEqual(first.validation);
  });

  it('leaves both parts filled however uneven the documents are', async () => {
    const sizes = fc.array(fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 5000 })), {
      minLength: 20,
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(
        sizes,
        fc.double({ min: 0.01, max: 0.5, noNaN: true }),
        fc.nat(),
        async (lengths, fraction, seed) => {
          const dataset = await build(
            lengths.map((length) => 'x'.repeat(length)),
            fraction,
            seed,
          );
          expect(dataset.train.length).toBeGreaterThanOrEqual(dataset.validation.length - 5001);
          expect(dataset.train.length).toBeGreaterThanOrEqual(2);
          expect(dataset.validation.length).toBeGreaterThanOrEqual(2);
          expect(dataset.train.length + dataset.validation.length).toBe(lengths.reduce((sum, n) => sum + n + 1, 0));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('keeps one giant document for training', async () => {
    const dataset = await build([...new Array<string>(30).fill('small one'), 'giant '.repeat(2000)], 0.1);
    expect(documentsIn(dataset.validation, byteTokenizer()).every((document) => document === 'small one')).toBe(true);
  });
});

describe('buildDataset with few documents', () => {
  it('holds out the end of the text', async () => {
    const dataset = await build(['abcdefgh', 'ijklmnopq'], 0.25);
    const ids = [...dataset.train, ...dataset.validation];
    expect(documentsIn(ids, byteTokenizer())).toEqual(['abcdefgh', 'ijklmnopq']);
    expect(dataset.validation.length).toBe(5);
    expect(dataset.heldOut.size).toBe(0);
    expect(dataset.tokens).toBe(19);
  });

  it('leaves two tokens in each part at least, or says that the text is too short', async () => {
    const dataset = await build(['abc'], 0.01);
    expect([dataset.train.length, dataset.validation.length]).toEqual([2, 2]);
    for (const documents of [[], [''], ['a'], ['ab']]) {
      await expect(build(documents)).rejects.toThrow(TextError);
      await expect(build(documents)).rejects.toThrow(/too few/);
    }
  });
});

describe('the figures of a dataset', () => {
  it('are those of the text', async () => {
    const dataset = await build(['Grüße 🐳', 'zwei'], 0.4);
    expect(dataset).toMatchObject({
      name: 'text',
      documents: 2,
      characters: 11,
      bytes: 16,
      tokens: 18,
      vocabSize: 257,
    });
    expect(dataset.uniformLoss).toBeCloseTo(Math.log(257), 12);
    expect(dataset.trainBytes + dataset.validationBytes).toBe(16);
    expect(dataset.validationBytes).toBe([...dataset.validation].filter((id) => id < 256).length);
  });

  it('hold the loss of add-one-smoothed frequencies, worked out by hand', async () => {
    // Training "aab", validation "a" and end-of-text: p(a) = 3/260, p(end) = 1/260.
    const dataset = await build(['aaba'], 0.4);
    expect([...dataset.train]).toEqual([97, 97, 98]);
    expect(dataset.unigramLoss).toBeCloseTo(-(Math.log(3 / 260) + Math.log(1 / 260)) / 2, 12);
  });

  it('use two bytes per token up to a vocabulary of 65,536', async () => {
    expect((await build(['hello world'], 0.2, 1, byteTokenizer(65_536))).train).toBeInstanceOf(Uint16Array);
    const large = await build(['hello world'], 0.2, 1, byteTokenizer(65_537));
    expect(large.validation).toBeInstanceOf(Int32Array);
    expect(large.validation.at(-1)).toBe(65_536);
  });
});

describe('long documents', () => {
  it('are cut before white space, so that tokens are those of the whole', async () => {
    const document = [...generateTales(3, 4 * PIECE_LENGTH)].join(' \n\n ').replaceAll('. ', '.  ');
    const tokenizer = wordTokenizer();
    const whole = [...tokenizer.encode(document), tokenizer.endOfText];
    tokenizer.pieces.length = 0;
    const dataset = await build([document], 0.1, 1, tokenizer);
    expect(tokenizer.pieces.length).toBeGreaterThan(3);
    expect(tokenizer.pieces.join('')).toBe(document);
    expect([...dataset.train, ...dataset.validation]).toEqual(whole);
  });

  it('are cut only where every tokenizer sees white space', async () => {
    const tokenizer = wordTokenizer();
    // For GPT-3 U+FEFF goes with the signs around it; for JavaScript it is white space.
    const document = `${'x'.repeat(PIECE_LENGTH - 2)}!\ufeff!\u0085! yz`;
    const { train } = await build([document + ' word'.repeat(9)], 0.1, 1, tokenizer);
    expect(train.length).toBeGreaterThan(0);
    expect(tokenizer.pieces[0]).toBe(`${'x'.repeat(PIECE_LENGTH - 2)}!\ufeff!\u0085!`);
  });

  it('without white space are cut between characters', async () => {
    const tokenizer = wordTokenizer();
    const document = `x${'🐳'.repeat(3 * PIECE_LENGTH)}`;
    await build([document], 0.1, 1, tokenizer);
    expect(tokenizer.pieces.length).toBeGreaterThan(3);
    expect(tokenizer.pieces.join('')).toBe(document);
    for (const piece of tokenizer.pieces)
      expect(new TextDecoder().decode(new TextEncoder().encode(piece)) === piece).toBe(true);
  });
});

describe('the work of buildDataset', () => {
  afterEach(() => vi.restoreAllMocks());

  it('breathes, reports growing progress and stops when cancelled', async () => {
    // Each piece takes 35 ms on a clock that only encoding moves.
    let clockMs = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => clockMs);
    const slow: Tokenizer = {
      ...byteTokenizer(),
      encode: (text) => {
        clockMs += 35;
        return byteTokenizer().encode(text);
      },
    };
    const documents = new Array<string>(8).fill('some text');
    const fractions: number[] = [];
    const onProgress = (fraction: number): number => fractions.push(fraction);
    const options = { validationFraction: 0.1, seed: 1 };
    await buildDataset({ name: 'a', documents }, slow, options, { ...contextOf(), onProgress });
    expect(fractions.length).toBeGreaterThanOrEqual(8);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));

    const controller = new AbortController();
    let breaths = 0;
    const yieldToEvents = async (): Promise<void> => {
      if (++breaths === 2) controller.abort();
    };
    const context = { ...contextOf(controller.signal), yieldToEvents };
    await expect(buildDataset({ name: 'a', documents }, slow, options, context)).rejects.toThrow(/abort/i);
    expect(breaths).toBe(2);
  });

  it('passes on what the tokenizer refuses', async () => {
    const strict: Tokenizer = {
      ...byteTokenizer(),
      encode: () => {
        throw new UnknownCharactersError(['é']);
      },
    };
    await expect(build(['é'], 0.1, 1, strict)).rejects.toBeInstanceOf(UnknownCharactersError);
  });
});
