// Sizes of texts in the units that people and tokenizers count in, and the largest text that is taken.

/** Largest text in bytes (50 MB, where 1 MB = 1024² bytes). */
export const MAX_TEXT_BYTES = 50 * 1024 * 1024;

/** "50 MB", "1.2 MB", "12 kB". */
export function formatBytes(bytes: number): string {
  const megabytes = bytes / 1024 ** 2;
  if (megabytes >= 10) return `${Math.ceil(megabytes)} MB`;
  if (megabytes >= 1) return `${megabytes.toFixed(1)} MB`;
  return `${Math.ceil(bytes / 1024)} kB`;
}

/** Unicode code points and UTF-8 bytes of a text (a lone surrogate counts as U+FFFD, as encoders write it). */
export function measureText(text: string): { characters: number; bytes: number } {
  let characters = 0;
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    characters++;
    if (code < 0x80) bytes += 1;
    else if (code < 0x800) bytes += 2;
    else if (code >= 0xd800 && code < 0xdc00 && isLowSurrogate(text.charCodeAt(i + 1))) {
      bytes += 4;
      i++;
    } else bytes += 3;
  }
  return { characters, bytes };
}

export const isLowSurrogate = (code: number): boolean => code >= 0xdc00 && code < 0xe000;

/** The sizes of documents together, counted as `measureText` does. */
export function measureDocuments(documents: readonly string[]): { characters: number; bytes: number } {
  let characters = 0;
  let bytes = 0;
  for (const document of documents) {
    const size = measureText(document);
    characters += size.characters;
    bytes += size.bytes;
  }
  return { characters, bytes };
}
