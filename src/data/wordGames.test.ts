// Each game disarranges as the paper says, and the documents are in its form.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../random/random.ts';
import { disarrange, GAME_WORDS, generateWordGames, WORD_GAME_INSTRUCTION } from './wordGames.ts';

const sorted = (text: string): string => [...text].sort().join('');
const anyWord = fc.constantFrom(...GAME_WORDS);
const anySeed = fc.integer({ min: 0 });

describe('disarrange', () => {
  it('reverses', () => {
    expect(disarrange('objects', 'reverse', new Random(1))).toBe('stcejbo');
  });

  it('cycles by at least one letter and never all the way', () => {
    fc.assert(
      fc.property(anyWord, anySeed, (word, seed) => {
        const cycled = disarrange(word, 'cycle', new Random(seed));
        expect(cycled).toHaveLength(word.length);
        const by = Array.from({ length: word.length - 1 }, (_, i) => word.slice(i + 1) + word.slice(0, i + 1));
        expect(by).toContain(cycled);
      }),
    );
  });

  it('shuffles all but the first and last letter, or two letters, and changes the word where it can', () => {
    fc.assert(
      fc.property(anyWord, anySeed, (word, seed) => {
        for (const [game, kept] of [
          ['anagram1', 1],
          ['anagram2', 2],
        ] as const) {
          if (word.length < 2 * kept + 2) continue;
          const shuffled = disarrange(word, game, new Random(seed));
          expect(sorted(shuffled)).toBe(sorted(word));
          expect(shuffled.slice(0, kept)).toBe(word.slice(0, kept));
          expect(shuffled.slice(-kept)).toBe(word.slice(-kept));
          const inside = word.slice(kept, -kept);
          expect(shuffled !== word).toBe(new Set(inside).size > 1);
        }
      }),
    );
  });

  it('puts one mark or space between every two letters', () => {
    fc.assert(
      fc.property(anyWord, anySeed, (word, seed) => {
        const strewn = disarrange(word, 'insertion', new Random(seed));
        expect([...strewn].filter((_, i) => i % 2 === 0).join('')).toBe(word);
        expect([...strewn].filter((_, i) => i % 2 === 1).join('')).toMatch(/^[.,!?/\- ]*$/);
      }),
    );
  });
});

describe('generateWordGames', () => {
  const documents = [...generateWordGames(4, 200_000)];

  it('gives the bytes asked for, by seed alone', () => {
    const size = documents.join('').length;
    expect(size).toBeGreaterThanOrEqual(200_000);
    expect(size).toBeLessThan(200_700);
    expect([...generateWordGames(4, 9000)][3]).toBe(documents[3]);
    expect([...generateWordGames(5, 9000)][3]).not.toBe(documents[3]);
  });

  it('gives an instruction and lines whose right side is a word made of letters of the left', () => {
    const words = new Set(GAME_WORDS);
    for (const document of documents) {
      const [instruction, ...lines] = document.trimEnd().split('\n');
      expect(instruction).toBe(WORD_GAME_INSTRUCTION);
      expect(lines.length).toBeGreaterThanOrEqual(4);
      for (const line of lines) {
        const [scrambled = '', word = ''] = line.split(' = ');
        expect(words.has(word), line).toBe(true);
        expect(sorted(scrambled.replace(/[^a-z]/g, '')), line).toBe(sorted(word));
      }
    }
  });
});
