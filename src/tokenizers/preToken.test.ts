import fc from 'fast-check';
import { R50K_TOKEN_SPLIT_REGEX } from 'gpt-tokenizer/encodingParams/constants';
import { describe, expect, it } from 'vitest';
import { preTokenEnd, type WhiteSpaceRule } from './preToken.ts';

function split(text: string, longest = 65_536, rule?: WhiteSpaceRule): string[] {
  const pieces: string[] = [];
  for (let start = 0; start < text.length;) {
    const end = preTokenEnd(text, start, longest, rule);
    if (end <= start) throw new Error(`no step at ${start}`);
    pieces.push(text.slice(start, end));
    start = end;
  }
  return pieces;
}

/** GPT-2's pattern as Python's `regex` and Rust read it: `\s` is the property White_Space there. */
const GPT2_PATTERN = new RegExp(
  R50K_TOKEN_SPLIT_REGEX.source.replaceAll(/\\s/g, '\\p{White_Space}').replaceAll(/\\S/g, '\\P{White_Space}'),
  'gu',
);

/** Strings of the characters that matter to the cuts, lone surrogates and astral letters and digits included. */
const troublesome = fc
  .array(
    fc.constantFrom(
      ..."aZé字𝒳7½𝟘 \n\t\u00a0\u0085\u3000\ufeff'.—😀\ud83d\0",
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
        expect(split(text)).toEqual(text.match(GPT2_PATTERN) ?? []);
        expect(split(text, 65_536, 'javascript')).toEqual(text.match(R50K_TOKEN_SPLIT_REGEX) ?? []);
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        expect(split(text)).toEqual(text.match(GPT2_PATTERN) ?? []);
      }),
      { numRuns: 200 },
    );
  });

  it('takes U+0085 for white space and U+FEFF for a sign, as GPT-2 does', () => {
    expect(split('a\u0085\u0085b\ufeffc')).toEqual(['a', '\u0085', '\u0085', 'b', '\ufeff', 'c']);
    expect(split(' \ufeff!')).toEqual([' \ufeff!']);
    expect(split('a\u0085\u0085b\ufeffc', 65_536, 'javascript')).toEqual(['a', '\u0085\u0085', 'b', '\ufeff', 'c']);
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
