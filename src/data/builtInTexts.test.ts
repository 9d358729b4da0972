// The catalogue's entries can all be made, their prompts suit the texts they stand by, and making them can be cancelled.
import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { unwatched } from '../../scripts/smallRun.ts';
import { DEFAULT_CONFIG, runConfigSchema } from '../config/runConfig.ts';
import { loadBuiltIn } from './builtInTexts.ts';
import { TalesJudge } from './tales/judge.ts';
import { BUILT_IN_TEXTS, builtInText } from './textCatalog.ts';

afterEach(() => void vi.restoreAllMocks());

describe('the built-in texts', () => {
  it.each(BUILT_IN_TEXTS)(
    '$label: made by seed, in the size asked for, starting as the diary prompt does',
    async (entry) => {
      const choice = { kind: entry.kind, seed: 3, kilobytes: 20 };
      const text = await loadBuiltIn(choice, unwatched());
      expect(text.name).toBe(entry.label);
      expect(text.documents.length).toBeGreaterThan(20);
      const bytes = new TextEncoder().encode(text.documents.join('')).length;
      expect(bytes).toBeGreaterThanOrEqual(20 * 1024);
      expect(bytes).toBeLessThan(21 * 1024);
      expect(await loadBuiltIn(choice, unwatched())).toEqual(text);
      for (const document of text.documents) expect(document.startsWith(entry.diaryPrompt)).toBe(true);
    },
  );

  // Saved runs and shared links name a text by its choice alone. Where words or sentences change on purpose, so do these.
  it.each([
    ['tales', 328, 'd8bc2b5e6b624b32397cd6967cb6fe983091f2260b6075e3ce19d053fead381e'],
    ['arithmetic', 366, '8641f9f0964024d7808700c968c4721f25a6ce50d4c10c112480a0492d11e31f'],
    ['word-games', 385, '5ba32cefa634eeeb5bdba8c17ddd5064f24a9a122f43f3fdfca2b0f14a444f8a'],
  ] as const)('stay the same from version to version: %s', async (kind, count, sha256) => {
    const { documents } = await loadBuiltIn({ kind, seed: 7, kilobytes: 64 }, unwatched());
    expect(documents).toHaveLength(count);
    expect(createHash('sha256').update(JSON.stringify(documents)).digest('hex')).toBe(sha256);
  });

  it('are made with growing progress, and no further once cancelled', async () => {
    // As on a slow device, by a clock that moves on 10 ms each time it is read.
    let nowMs = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => (nowMs += 10));
    const fractions: number[] = [];
    const onProgress = (fraction: number): number => fractions.push(fraction);
    for (const { kind } of BUILT_IN_TEXTS) {
      fractions.length = 0;
      const choice = { kind, seed: 1, kilobytes: 8 };
      await loadBuiltIn(choice, { ...unwatched(), onProgress });
      expect(fractions.length).toBeGreaterThan(5);
      expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
      expect(fractions[0]).toBeLessThan(0.3);

      fractions.length = 0;
      const controller = new AbortController();
      const yieldToEvents = async (): Promise<void> => controller.abort(new Error('enough'));
      const cancelled = loadBuiltIn(choice, { ...unwatched(controller.signal), onProgress, yieldToEvents });
      await expect(cancelled).rejects.toThrow('enough');
      expect(fractions).toHaveLength(1);
    }
  });

  it('have prompts made only of characters of their text, and valid defaults', async () => {
    for (const entry of BUILT_IN_TEXTS) {
      const { documents } = await loadBuiltIn({ kind: entry.kind, seed: 1, kilobytes: 200 }, unwatched());
      const characters = new Set(documents.join(''));
      for (const prompt of [...entry.suggestedPrompts, entry.diaryPrompt]) {
        expect([...prompt].filter((character) => !characters.has(character))).toEqual([]);
      }
      const text = { kind: entry.kind, seed: 1, kilobytes: entry.defaultKilobytes };
      const training = { ...DEFAULT_CONFIG.training, samplePrompt: entry.diaryPrompt };
      expect(v.is(runConfigSchema, { ...DEFAULT_CONFIG, text, training })).toBe(true);
    }
  });

  it('suggest tales that the judge finds coherent as far as they go', () => {
    const judge = new TalesJudge();
    for (const prompt of builtInText('tales')?.suggestedPrompts ?? []) {
      const { coherent, sentences } = judge.judge(prompt);
      expect(coherent, prompt).toBe(sentences);
    }
  });

  it('are no texts of a person', () => {
    expect(builtInText('own')).toBeUndefined();
  });
});
