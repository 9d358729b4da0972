import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { characterLength, cutTailLength, decodeUtf8 } from './utf8.ts';

const utf8 = new TextEncoder();
/** Leads and continuations near the edges of what is valid. */
const nearlyUtf8 = fc.uint8Array({ maxLength: 12 }).chain((bytes) =>
  fc
    .array(fc.constantFrom(0x41, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1, 0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5), {
      maxLength: 12,
    })
    .map((edges) => new Uint8Array([...edges, ...bytes])),
);

function isValid(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

describe('characterLength', () => {
  it('knows the length of every kind of character', () => {
    expect(['A', 'é', '€', '😀', '\ud7ff', '\u{10ffff}'].map((c) => characterLength(utf8.encode(c), 0))).toEqual([
      1, 2, 3, 4, 3, 4,
    ]);
  });

  it('refuses overlong forms, surrogates and what lies beyond Unicode', () => {
    const broken = [
      [0xc0, 0x80],
      [0xe0, 0x9f, 0xbf],
      [0xed, 0xa0, 0x80],
      [0xf0, 0x8f, 0xbf, 0xbf],
      [0xf4, 0x90, 0x80, 0x80],
    ];
    expect(broken.map((bytes) => characterLength(new Uint8Array(bytes), 0))).toEqual([0, 0, 0, 0, 0]);
    expect(characterLength(new Uint8Array([0x80]), 0)).toBe(0);
    expect(characterLength(new Uint8Array([0xe2, 0x82]), 0)).toBe('cut');
  });

  it('agrees with the platform on what is valid', () => {
    fc.assert(
      fc.property(nearlyUtf8, (bytes) => {
        let at = 0;
        for (let length = characterLength(bytes, 0); typeof length === 'number' && length > 0;) {
          at += length;
          length = characterLength(bytes, at);
        }
        expect(at === bytes.length).toBe(isValid(bytes));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('cutTailLength', () => {
  it('lets a text be decoded in two parts', () => {
    fc.assert(
      fc.property(nearlyUtf8, fc.nat(24), (bytes, cut) => {
        const head = bytes.slice(0, cut);
        const whole = head.length - cutTailLength(head);
        expect(decodeUtf8(head.slice(0, whole)) + decodeUtf8(bytes.slice(whole))).toBe(decodeUtf8(bytes));
      }),
      { numRuns: 1000 },
    );
  });

  it('finds the beginning of a character at the end', () => {
    const smile = utf8.encode('a😀');
    expect([1, 2, 3, 4, 5].map((length) => cutTailLength(smile.slice(0, length)))).toEqual([0, 1, 2, 3, 0]);
  });
});

describe('decodeUtf8', () => {
  it('keeps a byte order mark', () => {
    expect(decodeUtf8(utf8.encode('\ufeffa'))).toBe('\ufeffa');
  });
});
