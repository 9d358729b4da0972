// Where UTF-8 characters begin and end in bytes that may be cut or broken.
// Turning bytes into text is left to the platform's TextDecoder.

/** Keeps a byte order mark as the character it is; the platform's default would drop it. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Text of bytes; what is not valid UTF-8 becomes U+FFFD. */
export function decodeUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/**
 * Bytes of the character at `start` (Unicode 16, table 3-7).
 * @returns 1 … 4 for a whole character; 0 if no character begins there;
 *   `'cut'` if the bytes end before the character does and are valid so far.
 */
export function characterLength(bytes: Uint8Array, start: number): number | 'cut' {
  const lead = bytes[start];
  if (lead === undefined) return 0;
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  for (let i = 1; i < length; i++) {
    const byte = bytes[start + i];
    if (byte === undefined) return 'cut';
    // The first continuation is narrower for overlong forms, surrogates and what lies beyond U+10FFFF.
    const low = i > 1 ? 0x80 : lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    const high = i > 1 ? 0xbf : lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
    if (byte < low || byte > high) return 0;
  }
  return length;
}

/** Bytes at the end that begin a character without ending it: 0 … 3. */
export function cutTailLength(bytes: Uint8Array): number {
  for (let tail = 1; tail <= Math.min(3, bytes.length); tail++) {
    if (characterLength(bytes, bytes.length - tail) === 'cut') return tail;
  }
  return 0;
}
