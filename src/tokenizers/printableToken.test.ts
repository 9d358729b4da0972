import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createByteTokenizer } from './byteTokenizer.ts';
import { createCharacterTokenizer } from './characterTokenizer.ts';
import { loadGpt3Tokenizer } from './gpt3Tokenizer.ts';
import { printableToken, printableTokens, StreamingDecoder } from './printableToken.ts';
import { createTrainedTokenizer } from './trainedTokenizer.ts';

const byte = createByteTokenizer();

describe('printableToken', () => {
  it('shows characters as they are and other bytes as numbers', async () => {
    expect(printableToken(byte, 0x41)).toBe('A');
    expect(printableToken(byte, 0x0a)).toBe('\n');
    expect(printableToken(byte, 0xe2)).toBe('‹e2›');
    expect(printableToken(byte, 256)).toBe('<|endoftext|>');
    // “ c” + lead byte of é; é whole; its two bytes the wrong way round.
    const trained = createTrainedTokenizer([
      [32, 99],
      [256, 0xc3],
      [0xc3, 0xa9],
      [0xa9, 0xc3],
    ]);
    expect([257, 258, 259].map((id) => printableToken(trained, id))).toEqual([' c‹c3›', 'é', '‹a9›‹c3›']);
    expect(printableToken(await loadGpt3Tokenizer(), 15496)).toBe('Hello');
    expect(() => printableToken(byte, 257)).toThrow(RangeError);
  });

  it('shows what each token of a character tokenizer stands for', () => {
    const tokenizer = createCharacterTokenizer(['a', '😀']);
    expect([0, 1, 2].map((id) => printableToken(tokenizer, id))).toEqual(['a', '😀', '<|endoftext|>']);
  });
});

describe('printableTokens', async () => {
  const gpt3 = await loadGpt3Tokenizer();
  const bytesOf = (text: string) => [...new TextEncoder().encode(text)];

  it('puts a character on the token that completes it and dots on those before', () => {
    expect(printableTokens(byte, bytesOf('a为😀b'))).toEqual(['a', '·', '·', '为', '·', '·', '·', '😀', 'b']);
    // “ c” + lead byte of é; a tail that ends é and begins 为; the rest of 为 and more.
    const trained = createTrainedTokenizer([
      [32, 99],
      [256, 0xc3],
      [0xa9, 0xe4],
      [0xb8, 0xba],
      [259, 33],
    ]);
    expect(printableTokens(trained, [257, 258, 260])).toEqual([' c·', 'é·', '为!']);
  });

  it('keeps numbers for bytes that form no character, also at the end of a document', () => {
    expect(printableTokens(byte, [0xe4, 0xb8, 0x41, 0xba])).toEqual(['‹e4›', '‹b8›', 'A', '‹ba›']);
    expect(printableTokens(byte, [0xe4, 256, 0xb8, 0xba])).toEqual(['‹e4›', '<|endoftext|>', '‹b8›', '‹ba›']);
    expect(printableTokens(byte, [])).toEqual([]);
    expect(() => printableTokens(byte, [65, 257])).toThrow(RangeError);
  });

  it('shows a whole text without a number, whatever its script', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }).filter((text) => !/[·‹]/.test(text)),
        (text) => {
          const shown = printableTokens(gpt3, gpt3.encode(text));
          expect(shown.join('').replaceAll('·', '')).toBe(text);
        },
      ),
    );
  });
});

describe('StreamingDecoder', async () => {
  const gpt3 = await loadGpt3Tokenizer();

  it('holds back the bytes of a character until it is whole', () => {
    const decoder = new StreamingDecoder(byte);
    const smile = [...new TextEncoder().encode('a😀b')];
    expect(smile.map((id) => decoder.push(id))).toEqual(['a', '', '', '', '😀', 'b']);
    expect(decoder.flush()).toBe('');
  });

  it('gives up on a character that is broken off', () => {
    const decoder = new StreamingDecoder(byte);
    expect([0xf0, 0x9f, 0x41].map((id) => decoder.push(id))).toEqual(['', '', '\ufffdA']);
    expect([0xe2, 0x82, 256].map((id) => decoder.push(id))).toEqual(['', '', '\ufffd']);
    expect(decoder.push(0xe2)).toBe('');
    expect(decoder.flush()).toBe('\ufffd');
    expect(decoder.flush()).toBe('');
  });

  it.each([byte, gpt3, createCharacterTokenizer(['a', '\ud83d', '\ude00', '😀'])])(
    'emits in pieces what decode gives at once ($kind)',
    (tokenizer) => {
      const id = fc.oneof(fc.nat(tokenizer.vocabSize + 1), fc.nat(256), fc.constantFrom(-1, tokenizer.endOfText));
      fc.assert(
        fc.property(fc.array(id), (ids) => {
          const decoder = new StreamingDecoder(tokenizer);
          expect(ids.map((each) => decoder.push(each)).join('') + decoder.flush()).toBe(tokenizer.decode(ids));
        }),
        { numRuns: 300 },
      );
    },
  );

  it('never emits U+FFFD for a text that has none', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\ufffd')),
        (text) => {
          const decoder = new StreamingDecoder(gpt3);
          const pieces = [...gpt3.encode(text)].map((id) => decoder.push(id));
          expect(pieces.join('')).toBe(text);
          for (const piece of pieces) expect(piece).not.toContain('\ufffd');
        },
      ),
    );
  });
});
