// Known values of the CRC-32 of IEEE 802.3.
import { describe, expect, it } from 'vitest';
import { crc32 } from './crc32.ts';

const of = (text: string): number => crc32(new TextEncoder().encode(text));

describe('crc32', () => {
  it.each([
    ['', 0],
    ['a', 0xe8b7be43],
    ['abc', 0x352441c2],
    ['123456789', 0xcbf43926],
    ['The quick brown fox jumps over the lazy dog', 0x414fa339],
  ])('of “%s”', (text, expected) => {
    expect(of(text)).toBe(expected);
  });

  it('of 32 bytes of zero and of one', () => {
    expect(crc32(new Uint8Array(32))).toBe(0x190a55ad);
    expect(crc32(new Uint8Array(32).fill(0xff))).toBe(0xff6cab0b);
  });

  it('looks only at the part it is given', () => {
    const bytes = new TextEncoder().encode('xx123456789yy');
    expect(crc32(bytes.subarray(2, 11))).toBe(0xcbf43926);
  });
});
