import fc from 'fast-check';
import { R50K_TOKEN_SPLIT_REGEX } from 'gpt-tokenizer/encodingParams/constants';
import { describe, expect, it } from 'vitest';
import { preTokenEnd } from './preToken.ts';

function split(text: string, longest = 65_536): string[] {
  const pieces: string[] = [];
  for (let start = 0; start < text.length;) {
    const end = preTokenEnd(text, start, longest);
    if (end <= start) throw new Error(`no step at ${start}`);
    pieces.push(text.slice(start, end));
    start = end;
  }
  return pieces;
}

/** Strings of the characters that matter to the cuts, lone surrogates and astral letters and digits included. */
const troublesome = fc
  .array(
    fc.constantFrom(
      ..."aZé字𝒳7½𝟘 \n\t\u00a0\u3000\ufeff'.—😀\ud83d\0",
      '  ',
      "'s",
      "'ll",
      "'T",
      'e\u0301',
      '<|',
      '\ude00',
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''));

describe('preTokenEnd', () => {
  it('cuts as a person would expect', () => {
    expect(split("I'll see  you at 10:30,\n\n okay? It's fine ")).toEqual([
      'I',
      "'ll",
      ' see',
      ' ',
      ' you',
      ' at',
      ' 10',
      ':',
      '30',
      ',',
      '\n\n',
      ' okay',
      '?',
      ' It',
      "'s",
      ' fine',
      ' ',
    ]);
  });

  it("cuts where GPT-2's pattern cuts", () => {
    fc.assert(
      fc.property(troublesome, (text) => {
        expect(split(text)).toEqual(text.match(R50K_TOKEN_SPLIT_REGEX) ?? []);
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        expect(split(text)).toEqual(text.match(R50K_TOKEN_SPLIT_REGEX) ?? []);
      }),
      { numRuns: 200 },
    );
  });

  it('cuts long runs, loses nothing and never parts the halves of a character', () => {
    fc.assert(
      fc.property(troublesome, fc.integer({ min: 2, max: 5 }), (text, longest) => {
        const pieces = split(text, longest);
        expect(pieces.join('')).toBe(text);
        expect(pieces.flatMap((piece) => [...piece])).toEqual([...text]);
        for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(longest + 1);
      }),
      { numRuns: 200 },
    );
    expect(split('abcdefg', 3)).toEqual(['abc', 'def', 'g']);
  });

  it('takes a run of a million letters in its stride', () => {
    expect(split('x'.repeat(1_000_000), 1024).length).toBe(Math.ceil(1_000_000 / 1024));
  });
});
