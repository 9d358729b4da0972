import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { preTokenEnd } from './preToken.ts';
import type { Merge } from './trainBytePairEncoding.ts';
import { trainBytePairEncoding } from './trainBytePairEncoding.ts';
import { createTrainedTokenizer } from './trainedTokenizer.ts';

const context = { signal: new AbortController().signal, onProgress: () => {}, yieldToEvents: async () => {} };

function join(ids: readonly number[], [left, right]: Merge, id: number): number[] {
  const out: number[] = [];
  for (let i = 0; i < ids.length; i++) {
    if (ids[i] === left && ids[i + 1] === right) {
      out.push(id);
      i++;
    } else out.push(ids[i] ?? -1);
  }
  return out;
}

function wordsOf(documents: readonly string[]): number[][] {
  const words: number[][] = [];
  for (const text of documents) {
    for (let start = 0, end = 0; start < text.length; start = end) {
      end = preTokenEnd(text, start, 1024);
      words.push([...new TextEncoder().encode(text.slice(start, end))]);
    }
  }
  return words;
}

/** The definition, counted anew for each merge. */
function plainTraining(documents: readonly string[], vocabSize: number): Merge[] {
  let words = wordsOf(documents);
  const merges: Merge[] = [];
  while (merges.length < vocabSize - 257) {
    const counts = new Map<number, number>();
    for (const word of words) {
      for (let i = 0; i + 1 < word.length; i++) {
        const pair = (word[i] ?? 0) * 65_536 + (word[i + 1] ?? 0);
        counts.set(pair, (counts.get(pair) ?? 0) + 1);
      }
    }
    const [best] = [...counts].sort(([a, m], [b, n]) => n - m || a - b);
    if (best === undefined || best[1] < 2) break;
    const merge: Merge = [Math.floor(best[0] / 65_536), best[0] % 65_536];
    words = words.map((word) => join(word, merge, 256 + merges.length));
    merges.push(merge);
  }
  return merges;
}

const repetitive = fc
  .array(fc.constantFrom('a', 'b', 'ab', 'aa', 'aba', 'c', ' ', 'é', '京', '.', '1'), { maxLength: 80 })
  .map((parts) => parts.join(''));

describe('trainBytePairEncoding', () => {
  it('learns the merges computed by hand', async () => {
    // aaabdaaabac: aa ×4 (overlaps count) → Z; then ab ×2 before Za ×2 (97 < 256) → Y: ZYdZYac; then ZY ×2.
    expect(await trainBytePairEncoding(['aaabdaaabac'], 300, context)).toEqual([
      [97, 97],
      [97, 98],
      [256, 257],
    ]);
    // Words: “ab”, “ ab”, “ cab”: ab ×3; nothing else occurs twice, as merges do not cross words.
    expect(await trainBytePairEncoding(['ab ab cab'], 300, context)).toEqual([[97, 98]]);
    // Of equals, first the least left id, then the least right: (97,98) (97,99) (98,97) …
    expect(await trainBytePairEncoding(['ac ac.ab.ab.ba.ba'], 260, context)).toEqual([
      [97, 98],
      [97, 99],
      [98, 97],
    ]);
  });

  it('does what the definition says, on any text', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(repetitive, { maxLength: 4 }),
        fc.integer({ min: 257, max: 290 }),
        async (documents, size) => {
          expect(await trainBytePairEncoding(documents, size, context)).toEqual(plainTraining(documents, size));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('gives the same merges whatever the order of the documents', async () => {
    const documents = ['the cat sat on the mat', 'the dog sat on the log', 'a cat and a dog sat'];
    const merges = await trainBytePairEncoding(documents, 300, context);
    expect(merges.length).toBeGreaterThan(10);
    expect(await trainBytePairEncoding(documents.toReversed(), 300, context)).toEqual(merges);
    expect(await trainBytePairEncoding(new Set(documents), 300, context)).toEqual(merges);
  });

  it('makes the vocabulary as large as asked, or smaller if the text runs out of pairs', async () => {
    const text = Array.from({ length: 3000 }, (_, i) => `w${(i * i) % 977} ${i % 53}`).join(' ');
    expect(createTrainedTokenizer(await trainBytePairEncoding([text], 512, context)).vocabSize).toBe(512);
    expect(await trainBytePairEncoding([text], 257, context)).toEqual([]);
    expect(await trainBytePairEncoding(['abcdef'], 1000, context)).toEqual([]);
    expect(await trainBytePairEncoding([], 1000, context)).toEqual([]);
  });

  it('refuses sizes without room for the bytes and sizes too large', async () => {
    for (const size of [256, 60_001, 300.5, Number.NaN]) {
      await expect(trainBytePairEncoding(['text'], size, context)).rejects.toThrow(RangeError);
    }
  });

  it('reports rising progress and stops where it is cancelled', async () => {
    const clock = vi.spyOn(performance, 'now');
    let ms = 0;
    clock.mockImplementation(() => (ms += 100));
    const reports: { fraction: number; message: string }[] = [];
    let breaths = 0;
    const yieldToEvents = async (): Promise<void> => void breaths++;
    const text = 'one two three four five six seven eight nine ten '.repeat(20);
    const onProgress = (fraction: number, message: string): void => void reports.push({ fraction, message });
    await trainBytePairEncoding([text], 290, { ...context, yieldToEvents, onProgress });
    const fractions = reports.map(({ fraction }) => fraction);
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
    expect(fractions[0]).toBe(0);
    expect(fractions.at(-1)).toBeGreaterThan(0.9);
    expect(breaths).toBe(reports.length);
    expect(reports.map(({ message }) => message)).toContain('Learning token 260 of 290');

    const controller = new AbortController();
    let last = '';
    const cancelAt260 = (_: number, message: string): void => {
      last = message;
      if (message.startsWith('Learning token 260')) controller.abort(new Error('enough'));
    };
    const cancelled = { ...context, signal: controller.signal, onProgress: cancelAt260 };
    await expect(trainBytePairEncoding([text], 290, cancelled)).rejects.toThrow('enough');
    clock.mockRestore();
    expect(last).toBe('Learning token 260 of 290');
  });

  it('does not begin when it is cancelled before', async () => {
    await expect(
      trainBytePairEncoding(['text'], 300, { ...context, signal: AbortSignal.abort(new Error('enough')) }),
    ).rejects.toThrow('enough');
  });
});

describe('the trained tokenizer', () => {
  it('encodes by applying the merges in order', async () => {
    await fc.assert(
      fc.asyncProperty(repetitive, repetitive, async (text, other) => {
        const merges = await trainBytePairEncoding([text], 290, context);
        const tokenizer = createTrainedTokenizer(merges);
        const expected = wordsOf([other]).flatMap((word) =>
          merges.reduce<number[]>((ids, merge, index) => join(ids, merge, 256 + index), word),
        );
        expect([...tokenizer.encode(other)]).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });

  it('keeps its ids when more distinct words come than it remembers', () => {
    const tokenizer = createTrainedTokenizer([
      [97, 98],
      [256, 99],
    ]);
    const words = Array.from(
      { length: 150_000 },
      (_, i) => ` abc${String.fromCharCode(...[...i.toString()].map((d) => 100 + Number(d)))}`,
    );
    const text = words.join('');
    const ids = tokenizer.encode(text);
    expect(ids.length).toBe(text.length - 2 * words.length);
    expect([...tokenizer.encode(words[0] ?? '')]).toEqual([32, 257, 100]);
    expect(tokenizer.decode(ids) === text).toBe(true);
  });

  it('encodes a long run of letters', () => {
    const tokenizer = createTrainedTokenizer([
      [97, 97],
      [256, 256],
    ]);
    const ids = tokenizer.encode('a'.repeat(100_003));
    expect([ids.length, ids[0], ids.at(-1)]).toEqual([25_002, 257, 97]);
  });

  it('refuses merges of tokens that do not exist yet', () => {
    expect(() => createTrainedTokenizer([[97, 256]])).toThrow(RangeError);
  });
});
