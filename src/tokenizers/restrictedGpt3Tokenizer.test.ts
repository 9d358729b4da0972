import { describe, expect, it, vi } from 'vitest';
import { loadGpt3Tokenizer } from './gpt3Tokenizer.ts';
import { createRestrictedGpt3Tokenizer, tokensThatOccur } from './restrictedGpt3Tokenizer.ts';

const context = { signal: new AbortController().signal, onProgress: () => {}, yieldToEvents: async () => {} };

describe("the restricted tokenizer of GPT-3's tokens", async () => {
  const gpt3 = await loadGpt3Tokenizer();
  const text = 'Hello world, hello there.';
  const kept = await tokensThatOccur(gpt3, [text, 'Hello again'], context);
  const tokenizer = createRestrictedGpt3Tokenizer(gpt3, kept);

  it('keeps the single bytes, what occurs and end-of-text', () => {
    const occurring = new Set([...gpt3.encode(text), ...gpt3.encode('Hello again')].filter((id) => id > 255));
    expect(kept).toEqual([...Array(256).keys(), ...[...occurring].sort((a, b) => a - b)]);
    expect(tokenizer.vocabSize).toBe(256 + occurring.size + 1);
  });

  it('cuts its own text as GPT-3 does', () => {
    const pieces = (ids: Int32Array, of: typeof gpt3): string[] => [...ids].map((id) => of.decode([id]));
    expect(pieces(tokenizer.encode(text), tokenizer)).toEqual(pieces(gpt3.encode(text), gpt3));
  });

  it('spells a token that it lacks by its bytes', () => {
    const ids = tokenizer.encode('Hello planet');
    expect([...ids].map((id) => tokenizer.decode([id]))).toEqual(['Hello', ...' planet']);
  });

  it('finds the same tokens in a text long enough to be read in steps', async () => {
    const long = Array.from(
      { length: 20_000 },
      (_, i) => `${'  '.repeat(i % 3)}word${i % 700}'s\n${'東京'.repeat(i % 5)}`,
    ).join('');
    expect(long.length).toBeGreaterThan(200_000);
    const expected = new Set([...Array(256).keys(), ...gpt3.encode(long)]);
    expect(await tokensThatOccur(gpt3, [long], context)).toEqual([...expected].sort((a, b) => a - b));
  });

  it('reports progress and can be cancelled on the way', async () => {
    const clock = vi.spyOn(performance, 'now');
    let ms = 0;
    clock.mockImplementation(() => (ms += 100));
    const controller = new AbortController();
    const fractions: number[] = [];
    const onProgress = (fraction: number): void => {
      fractions.push(fraction);
      if (fraction > 0.4) controller.abort(new Error('enough'));
    };
    const documents = Array<string>(10).fill('some words ');
    await expect(
      tokensThatOccur(gpt3, documents, { ...context, onProgress, signal: controller.signal }),
    ).rejects.toThrow('enough');
    clock.mockRestore();
    expect(fractions.map((f) => Math.round(f * 10))).toEqual([0, 1, 2, 3, 4, 5]);
  });
});
