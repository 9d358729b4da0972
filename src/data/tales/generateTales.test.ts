// What the stories are promised to be: seeded, long enough, short sentences, many words but few common ones.
import { describe, expect, it } from 'vitest';
import { generateTales } from './generateTales.ts';

const MEGABYTE = 2 ** 20;
const tales = [...generateTales(1, MEGABYTE)];
const wordsOf = (text: string): string[] => text.toLowerCase().replace(/[.!?]/g, '').split(' ');

describe('generateTales', () => {
  it('gives the bytes asked for, and little more', () => {
    for (const bytes of [1, 1000, 50_000, MEGABYTE]) {
      const size = new TextEncoder().encode([...generateTales(3, bytes)].join('')).length;
      expect(size).toBeGreaterThanOrEqual(bytes);
      expect(size).toBeLessThan(bytes + 600);
    }
  });

  it('depends on the seed alone, and more bytes only add stories', () => {
    const short = [...generateTales(5, 20_000)];
    expect([...generateTales(5, 40_000)].slice(0, short.length)).toEqual(short);
    expect([...generateTales(6, 20_000)][0]).not.toBe(short[0]);
  });

  it('writes stories of 4 to 9 sentences of 3 to 12 words on one line', () => {
    for (const tale of tales) {
      expect(tale).toMatch(/^Once [a-z A-Z.!?-]+[.!?]$/);
      const sentences = tale.split(/(?<=[.!?]) /);
      expect(sentences.length).toBeGreaterThanOrEqual(4);
      expect(sentences.length).toBeLessThanOrEqual(9);
      for (const sentence of sentences) {
        const length = sentence.split(' ').length;
        expect(length >= 3 && length <= 12, sentence).toBe(true);
      }
    }
  });

  it('uses over 800 distinct words in a megabyte, of which 200 make up most of the text', () => {
    const counts = new Map<string, number>();
    for (const word of tales.flatMap(wordsOf)) counts.set(word, (counts.get(word) ?? 0) + 1);
    expect(counts.size).toBeGreaterThan(800);
    const sorted = [...counts.values()].sort((a, b) => b - a);
    const total = sorted.reduce((sum, count) => sum + count, 0);
    expect(sorted.slice(0, 200).reduce((sum, count) => sum + count, 0) / total).toBeGreaterThan(0.85);
  });

  it('hardly ever tells the same story twice', () => {
    expect(new Set(tales).size / tales.length).toBeGreaterThan(0.99);
  });

  it('counts right and in the right number, checked without the grammar', () => {
    const value = (word = ''): number =>
      ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'].indexOf(
        word,
      ) + 1;
    let checked = 0;
    for (const tale of tales) {
      const counted =
        /(?:had) (\w+) (\w+)\. (?:Then \w+ (found|lost)|\w+ (?:\w+ )?(gave)(?: (?:him|her))?) (\w+) (more )?\w+(?: to \w+)?\. Now \w+ had (\w+) (\w+)\./;
      const match = counted.exec(tale);
      if (match === null) continue;
      const [, before, plural, , , change, more, after, noun] = match;
      expect(value(after), tale).toBe(value(before) + (more === undefined ? -1 : 1) * value(change));
      expect(noun === plural, tale).toBe(value(after) > 1);
      checked++;
    }
    expect(checked).toBeGreaterThan(500);
  });

  it('keeps to one pronoun in a story with one character, checked without the grammar', () => {
    let checked = 0;
    for (const tale of tales) {
      if (/There \w+ met/.test(tale)) continue;
      const words = new Set(wordsOf(tale));
      const female = ['she', 'her'].some((word) => words.has(word));
      const male = ['he', 'his', 'him'].some((word) => words.has(word));
      expect(female && male, tale).toBe(false);
      checked++;
    }
    expect(checked).toBeGreaterThan(1000);
  });
});
