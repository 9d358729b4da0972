// The catalogue's entries can all be made, and their prompts suit the texts they stand by.
import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG, runConfigSchema } from '../config/runConfig.ts';
import * as v from 'valibot';
import { loadBuiltIn } from './builtInTexts.ts';
import { TalesJudge } from './tales/judge.ts';
import { BUILT_IN_TEXTS, builtInText } from './textCatalog.ts';

describe('the built-in texts', () => {
  it.each(BUILT_IN_TEXTS)('$label: made by seed, in the size asked for, starting as the diary prompt does', (entry) => {
    const choice = { kind: entry.kind, seed: 3, kilobytes: 20 };
    const text = loadBuiltIn(choice);
    expect(text.name).toBe(entry.label);
    expect(text.documents.length).toBeGreaterThan(20);
    const bytes = new TextEncoder().encode(text.documents.join('')).length;
    expect(bytes).toBeGreaterThanOrEqual(20 * 1024);
    expect(bytes).toBeLessThan(21 * 1024);
    expect(loadBuiltIn(choice)).toEqual(text);
    for (const document of text.documents) expect(document.startsWith(entry.diaryPrompt)).toBe(true);
  });

  it('have prompts made only of characters of their text, and valid defaults', () => {
    for (const entry of BUILT_IN_TEXTS) {
      const characters = new Set(loadBuiltIn({ kind: entry.kind, seed: 1, kilobytes: 200 }).documents.join(''));
      for (const prompt of [...entry.suggestedPrompts, entry.diaryPrompt]) {
        expect([...prompt].filter((character) => !characters.has(character))).toEqual([]);
      }
      const text = { kind: entry.kind, seed: 1, kilobytes: entry.defaultKilobytes };
      const training = { ...DEFAULT_CONFIG.training, samplePrompt: entry.diaryPrompt };
      expect(v.is(runConfigSchema, { ...DEFAULT_CONFIG, text, training })).toBe(true);
    }
  });

  it('suggest tales that the judge finds coherent as far as they go', () => {
    const judge = new TalesJudge([]);
    for (const prompt of builtInText('tales')?.suggestedPrompts ?? []) {
      const { coherent, sentences } = judge.judge(prompt);
      expect(coherent, prompt).toBe(sentences);
    }
  });

  it('are no texts of a person', () => {
    expect(builtInText('own')).toBeUndefined();
    expect(() => loadBuiltIn({ kind: 'url', url: 'https://example.org' })).toThrow(RangeError);
  });
});
