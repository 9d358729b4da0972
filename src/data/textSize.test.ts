// Sizes agree with the platform's own encoder.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatBytes, measureText } from './textSize.ts';

describe('measureText', () => {
  it('counts code points and UTF-8 bytes of any text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units)),
        ),
        (text) => {
          expect(measureText(text)).toEqual({
            characters: [...text].length,
            bytes: new TextEncoder().encode(text).length,
          });
        },
      ),
    );
  });
});

describe('formatBytes', () => {
  it('rounds up where a limit is near', () => {
    expect([0, 1, 2048, 1.25 * 1024 ** 2, 50 * 1024 ** 2, 50 * 1024 ** 2 + 1].map(formatBytes)).toEqual([
      '0 kB',
      '1 kB',
      '2 kB',
      '1.3 MB',
      '50 MB',
      '51 MB',
    ]);
  });
});
