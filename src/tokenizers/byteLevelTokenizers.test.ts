// What the byte, GPT-3, restricted and trained tokenizers have in common: any text can be encoded and comes back.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTokenizer, restoreTokenizer } from './createTokenizer.ts';
import { parseSerializedTokenizer } from './serializedTokenizer.ts';
import { END_OF_TEXT } from './tokenizer.ts';

const context = { signal: new AbortController().signal, onProgress: () => {}, yieldToEvents: async () => {} };
const utf8 = new TextEncoder();
const wellFormed = (text: string): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(utf8.encode(text));

const sample =
  "Once upon a time there was a little girl. She wasn't tall, but she'd climb the tallest tree: 12 metres!\n\n" +
  'Été à Zürich – naïve café; 東京の夜は明るい。 Привет, мир! 😀😀 e\u0301 \ufeff\t<|endoftext|> the the the then there';
const words = [
  'Once',
  ' upon',
  'the',
  ' girl',
  '東京',
  '😀',
  '👩‍👩‍👧',
  'e\u0301',
  "'s",
  '\n\n',
  '   ',
  END_OF_TEXT,
  '\ufeff',
  '\ud83d',
  '\0',
];
const anyString = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.array(fc.nat(0xffff)).map((codes) => String.fromCharCode(...codes)),
  fc.array(fc.constantFrom(...words)).map((parts) => parts.join('')),
);

describe.each(['byte', 'gpt3', 'gpt3-restricted', 'trained'] as const)('the %s tokenizer', async (kind) => {
  const tokenizer = await createTokenizer({ kind, vocabSize: 300 }, [sample], context);

  it('gives any text back, its tokens’ bytes joined are the text’s UTF-8, and ids are in range', () => {
    fc.assert(
      fc.property(anyString, (text) => {
        const ids = tokenizer.encode(text);
        expect(tokenizer.decode(ids)).toBe(wellFormed(text));
        expect([...ids].flatMap((id) => [...tokenizer.tokenBytes(id)])).toEqual([...utf8.encode(text)]);
        for (const id of ids) expect(id >= 0 && id < tokenizer.endOfText).toBe(true);
      }),
      { numRuns: 300 },
    );
    expect(tokenizer.decode(tokenizer.encode(sample))).toBe(sample);
  });

  it('puts end-of-text last, without bytes or text, and takes its characters in a text for ordinary ones', () => {
    expect(tokenizer.kind).toBe(kind);
    expect(tokenizer.endOfText).toBe(tokenizer.vocabSize - 1);
    expect(tokenizer.tokenBytes(tokenizer.endOfText).length).toBe(0);
    expect(tokenizer.decode([tokenizer.endOfText])).toBe('');
    expect([...tokenizer.encode(END_OF_TEXT)]).not.toContain(tokenizer.endOfText);
    expect(tokenizer.decode(tokenizer.encode(END_OF_TEXT))).toBe(END_OF_TEXT);
  });

  it('never joins bytes across end-of-text', () => {
    const euro = [...utf8.encode('€')].map((byte) => {
      const id = Array.from({ length: 256 }, (_, i) => i).find((i) => tokenizer.tokenBytes(i)[0] === byte);
      return id ?? -1;
    });
    expect(tokenizer.decode(euro)).toBe('€');
    expect(tokenizer.decode([...euro.slice(0, 2), tokenizer.endOfText, ...euro.slice(2)])).toBe('\ufffd\ufffd');
  });

  it('decodes anything: broken UTF-8 and ids that are none', () => {
    const ids = fc.array(fc.oneof(fc.nat(tokenizer.endOfText), fc.nat(255), fc.integer(), fc.double()));
    fc.assert(
      fc.property(ids, (list) => {
        expect(typeof tokenizer.decode(list)).toBe('string');
      }),
    );
    expect(tokenizer.decode([tokenizer.vocabSize, -1, 0.5, Number.NaN])).toBe('\ufffd'.repeat(4));
    expect(() => tokenizer.tokenBytes(tokenizer.vocabSize)).toThrow(RangeError);
    expect(() => tokenizer.tokenBytes(-1)).toThrow(RangeError);
  });

  it('has 256 single bytes and no two tokens alike', () => {
    const tokens = Array.from({ length: tokenizer.endOfText }, (_, id) => tokenizer.tokenBytes(id).join());
    expect(new Set(tokens).size).toBe(tokenizer.endOfText);
    expect(tokens.slice(0, 256).every((token) => !token.includes(','))).toBe(true);
  });

  it('comes back from JSON as it was', async () => {
    const data = parseSerializedTokenizer(JSON.parse(JSON.stringify(tokenizer.serialize())));
    if (data === undefined) throw new Error('refused its own data');
    const restored = await restoreTokenizer(data);
    expect(restored.serialize()).toEqual(tokenizer.serialize());
    expect([restored.kind, restored.vocabSize, restored.endOfText]).toEqual([
      kind,
      tokenizer.vocabSize,
      tokenizer.endOfText,
    ]);
    fc.assert(
      fc.property(anyString, (text) => {
        expect(restored.encode(text)).toEqual(tokenizer.encode(text));
      }),
      { numRuns: 50 },
    );
  });

  it('gives the same ids when asked again, and leaves results alone', () => {
    const first = tokenizer.encode(sample);
    const copy = first.slice();
    first.fill(0);
    expect(tokenizer.encode(sample)).toEqual(copy);
  });

  it('encodes the empty text to nothing', () => {
    expect(tokenizer.encode('').length).toBe(0);
    expect(tokenizer.decode([])).toBe('');
  });
});
