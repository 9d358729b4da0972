// Tests of how tokens are shown.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quotedToken, textPieces, tokenInText, tokenLabel, visibleText } from './tokenText.ts';

const marksOf = (text: string): string[] => textPieces(text).flatMap(({ mark }) => (mark === '' ? [] : [mark]));

describe('textPieces', () => {
  it('sets line breaks apart without losing a character', () => {
    const pieces = textPieces('end.\n\nOnce');
    expect(pieces.map(({ kind }) => kind)).toEqual(['text', 'line-break', 'line-break', 'text']);
  });

  it('joins to the text, whatever it holds', () => {
    const invisible = fc.constantFrom('\u200b', '\u202e', '\u00a0', '\ufeff', '\ud800', '\t', '\r\n', '\u{e0041}', ' ');
    fc.assert(
      fc.property(fc.array(fc.oneof(invisible, fc.string({ maxLength: 3 })), { maxLength: 8 }), (parts) => {
        const text = parts.join('');
        expect(
          textPieces(text)
            .map((piece) => piece.text)
            .join(''),
        ).toBe(text);
      }),
    );
  });

  it('marks what has no shape of its own', () => {
    const alone = ['\u200b', '\u00a0', '\u202e', '\u2066', '\u0000', '\u007f', '\u200d', '\ufe0f', '\u3000', '\ud800'];
    expect(alone.map((text) => marksOf(text).join())).toEqual([
      '⟨ZWSP⟩',
      '⟨NBSP⟩',
      '⟨RLO⟩',
      '⟨LRI⟩',
      '⟨NUL⟩',
      '⟨DEL⟩',
      '⟨ZWJ⟩',
      '⟨VS16⟩',
      '⟨IDSP⟩',
      '⟨U+D800⟩',
    ]);
    expect(marksOf('\t')).toEqual(['⇥']);
    expect(marksOf(' \u200c ')).toEqual(['⟨ZWNJ⟩']);
  });

  it('marks among letters only what never belongs to a word', () => {
    expect(marksOf('a\u202eb\u200bc\ufeff')).toEqual(['⟨RLO⟩', '⟨ZWSP⟩', '⟨BOM⟩']);
    // A Persian word, an emoji of several, a French quotation.
    expect(['می\u200cخواهم', '👨\u200d👩\u200d👧', '❤\ufe0f', '«\u00a0mot\u202f!'].map(marksOf)).toEqual([
      [],
      [],
      [],
      [],
    ]);
  });
});

describe('token names', () => {
  it('names tokens that would be invisible', () => {
    expect([' fox', ' ', '\n', '\t', '', '.\n', '\u00a0', ' \u200b'].map(tokenLabel)).toEqual([
      'fox',
      '␣',
      '↵',
      '⇥',
      '⟨empty⟩',
      '.↵',
      '⟨NBSP⟩',
      '⟨ZWSP⟩',
    ]);
  });

  it('keeps the leading space of a word in quotation marks', () => {
    expect([' fox', 'fox', ' '].map(quotedToken)).toEqual(['“ fox”', '“fox”', '“␣”']);
  });

  it('cuts long ones and says how long they are', () => {
    for (const text of ['-'.repeat(1000), '😀'.repeat(400), `${'x'.repeat(99)}\u202e`]) {
      expect([...tokenLabel(text)].length).toBeLessThan(50);
      expect(tokenLabel(text)).toContain([...text].length.toLocaleString('en'));
      expect([...quotedToken(text)].length).toBeLessThan(50);
    }
    expect(tokenLabel('internationalisation')).toBe('internationalisation');
    expect(tokenLabel(' '.repeat(64))).toBe('␣×64');
    expect(tokenLabel('\n'.repeat(500))).toBe('↵×500');
  });

  it('gives a mark without its letter a place to stand on', () => {
    expect(tokenLabel('\u0301')).toBe('◌\u0301');
  });

  it('names a text whole', () => {
    expect(visibleText('a b\nc\u202e')).toBe('a b↵c⟨RLO⟩');
  });
});

describe('tokenInText', () => {
  it('shows spaces, and a long token by its beginning', () => {
    expect(tokenInText('  ')).toEqual({ text: '␣␣', length: undefined });
    expect(tokenInText(' fox')).toEqual({ text: ' fox', length: undefined });
    const long = tokenInText('😀'.repeat(300));
    expect(long.length).toBe(300);
    expect([...long.text].length).toBeLessThan(32);
  });
});
