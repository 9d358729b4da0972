// Stop strings in written text: within a token, across tokens, several at once; and the reasons for which samples end.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createByteTokenizer } from '../tokenizers/byteTokenizer.ts';
import { createCharacterTokenizer, distinctCharacters } from '../tokenizers/characterTokenizer.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { createTrainedTokenizer } from '../tokenizers/trainedTokenizer.ts';
import { writeText, type WritingSettings, type WrittenToken } from './generate.ts';
import { EMPTY_TAIL, StopStrings } from './stopStrings.ts';
import { tableModel } from './testing/tableModel.ts';

const bytes = createByteTokenizer();
/** “th”, “the” and “é” are tokens of their own. */
const trained = createTrainedTokenizer([
  [116, 104],
  [256, 101],
  [0xc3, 0xa9],
]);

/** How many tokens it takes until a stop string is there; undefined if none comes. */
function metAfter(stops: StopStrings, ids: readonly number[]): number | undefined {
  let tail = EMPTY_TAIL;
  for (const [at, id] of ids.entries()) {
    const read = stops.advance(tail, id);
    if (read.met) return at + 1;
    tail = read.tail;
  }
  return undefined;
}

describe('StopStrings', () => {
  it.each<[string, Tokenizer, string, string[], number | undefined, { text: string; at: number } | undefined]>([
    ['within one token', trained, 'a the', ['h'], 3, { text: 'h', at: 3 }],
    ['across tokens', trained, 'a the', ['a t'], 3, { text: 'a t', at: 0 }],
    ['across many', bytes, 'one two three', ['two th'], 10, { text: 'two th', at: 4 }],
    ['in characters of several bytes', bytes, 'ça é!', ['é!'], 7, { text: 'é!', at: 3 }],
    ['the one that begins first', bytes, 'abcd', ['cd', 'bcd', 'd'], 4, { text: 'bcd', at: 1 }],
    ['the longest of those', trained, 'the', ['t', 'the', 'th'], 1, { text: 'the', at: 0 }],
    ['a line break', bytes, 'a\n\nb', ['\n\n'], 3, { text: '\n\n', at: 1 }],
    ['after a false start', bytes, 'aaab', ['aab'], 4, { text: 'aab', at: 1 }],
    ['none', bytes, 'abc', ['ca', ''], undefined, undefined],
    ['beyond the basic plane', bytes, 'x🦊y', ['y'], 6, { text: 'y', at: 3 }],
  ])('finds one %s', (_, tokenizer, text, strings, expected, place) => {
    const stops = new StopStrings(tokenizer, strings);
    const ids = [...tokenizer.encode(text)];
    expect(metAfter(stops, ids)).toBe(expected);
    expect(expected === undefined ? undefined : stops.find(ids.slice(0, expected))).toEqual(place);
  });

  it('finds none across the end of a document', () => {
    const stops = new StopStrings(bytes, ['ab']);
    const [a, b] = bytes.encode('ab');
    const ids = [a!, bytes.endOfText, b!, a!, b!];
    expect(metAfter(stops, ids)).toBe(5);
    expect(stops.find(ids)).toEqual({ text: 'ab', at: 2 });
  });

  it('finds what a search in the decoded text finds, however it is cut into tokens', async () => {
    const characters = createCharacterTokenizer(
      await distinctCharacters(['the é🦊'], {
        signal: new AbortController().signal,
        onProgress: () => {},
        yieldToEvents: async () => {},
      }),
    );
    const text = fc.string({ unit: fc.constantFrom('t', 'h', 'e', ' ', 'é', '🦊'), maxLength: 24 });
    const strings = fc.array(
      fc.string({ unit: fc.constantFrom('t', 'h', 'e', 'é', '🦊'), minLength: 1, maxLength: 4 }),
      {
        minLength: 1,
        maxLength: 3,
      },
    );
    fc.assert(
      fc.property(text, strings, fc.constantFrom(bytes, trained, characters), (written, wanted, tokenizer) => {
        const stops = new StopStrings(tokenizer, wanted);
        const ids = [...tokenizer.encode(written)];
        const count = metAfter(stops, ids);
        const first = ids.findIndex((_, at) =>
          wanted.some((stop) => tokenizer.decode(ids.slice(0, at + 1)).includes(stop)),
        );
        expect(count).toBe(first < 0 ? undefined : first + 1);
        if (count === undefined) return;
        const { text: stop, at } = stops.find(ids.slice(0, count));
        expect(wanted).toContain(stop);
        expect(at).toBe(Math.min(...wanted.map((other) => written.indexOf(other)).filter((place) => place >= 0)));
      }),
    );
  });
});

describe('samples end', () => {
  const SETTINGS: WritingSettings = { temperature: 0, topK: 0, topP: 1, maxTokens: 12, samples: 1, seed: 1 };
  /** Writes this text over and over, byte by byte; `end` stands for end-of-text. */
  const reciting = (text: string) => {
    const cycle = [...text].map((character) => (character === '$' ? bytes.endOfText : bytes.encode(character)[0]!));
    return tableModel(bytes.vocabSize, (tokens) =>
      Array.from({ length: bytes.vocabSize }, (_, id) => (id === cycle[(tokens.length - 1) % cycle.length] ? 5 : 0)),
    );
  };
  async function write(text: string, settings: Partial<WritingSettings>): Promise<WrittenToken[]> {
    const written: WrittenToken[] = [];
    const writing = writeText(
      reciting(text),
      bytes.encode('>'),
      bytes.endOfText,
      { ...SETTINGS, ...settings },
      (work) => work(),
    );
    for await (const token of writing) written.push(token);
    expect(written.slice(0, -1).every(({ end }) => end === undefined)).toBe(true);
    return written;
  }
  const textOf = (written: readonly WrittenToken[]): string => bytes.decode(written.map(({ id }) => id));

  it('at a stop string, telling where it begins', async () => {
    const written = await write('abc.', { stop: new StopStrings(bytes, ['zz', 'c.']) });
    expect(textOf(written)).toBe('abc.');
    expect(written.at(-1)?.end).toEqual({ reason: 'stop-string', stop: { text: 'c.', at: 2 } });
  });

  it('at their length where no stop string comes', async () => {
    const written = await write('abc.', { stop: new StopStrings(bytes, ['never']) });
    expect(textOf(written)).toBe('abc.abc.abc.');
    expect(written.at(-1)?.end).toEqual({ reason: 'length' });
  });

  it('at an end-of-text, also at the very last token', async () => {
    expect((await write('ab$', {})).map(({ end }) => end?.reason)).toEqual([undefined, undefined, 'end-of-text']);
    expect((await write('ab$', { maxTokens: 3 })).at(-1)?.end).toEqual({ reason: 'end-of-text' });
  });

  it('not at an end-of-text where that is switched off', async () => {
    const written = await write('ab$', { stopAtEndOfText: false });
    expect(textOf(written)).toBe('abababab');
    expect(written).toHaveLength(12);
    expect(written.at(-1)?.end).toEqual({ reason: 'length' });
  });

  it('not for what stands in the prompt', async () => {
    const written = await write('ab', { stop: new StopStrings(bytes, ['>', '>a']), maxTokens: 3 });
    expect(written.at(-1)?.end).toEqual({ reason: 'length' });
  });

  it('each for its own reason', async () => {
    const model = tableModel(bytes.vocabSize, () =>
      Array.from({ length: bytes.vocabSize }, (_, id) => ([97, 98, bytes.endOfText].includes(id) ? 0 : -99)),
    );
    const settings = { ...SETTINGS, temperature: 1, samples: 24, maxTokens: 4, stop: new StopStrings(bytes, ['bb']) };
    const texts = Array.from({ length: 24 }, (): WrittenToken[] => []);
    for await (const token of writeText(model, new Int32Array(), bytes.endOfText, settings, (work) => work())) {
      texts[token.sample]!.push(token);
    }
    for (const text of texts) {
      const reason = text.at(-1)?.end?.reason;
      const isStopped = textOf(text).endsWith('bb');
      expect(reason).toBe(isStopped ? 'stop-string' : text.at(-1)?.id === bytes.endOfText ? 'end-of-text' : 'length');
      expect(reason === 'length' ? text.length : 4).toBe(4);
      expect(textOf(text).slice(0, -1)).not.toContain('bb');
    }
    expect(new Set(texts.map((text) => text.at(-1)?.end?.reason)).size).toBe(3);
  });
});

describe('penalties in writing', () => {
  it('count the prompt and what has been written, and let nothing repeat', async () => {
    const model = tableModel(6, () => [5, 4, 3, 2, 1, -9]);
    const settings = { temperature: 0, topK: 0, topP: 1, maxTokens: 5, samples: 2, seed: 1, noRepeatNgram: 1 };
    const texts: number[][] = [[], []];
    for await (const { sample, id } of writeText(model, Int32Array.of(1), 5, settings, (work) => work())) {
      texts[sample]!.push(id);
    }
    // The prompt's token and then each written one is ruled out; the end comes when only it is left.
    expect(texts).toEqual([
      [0, 2, 3, 4, 5],
      [0, 2, 3, 4, 5],
    ]);
  });
});
