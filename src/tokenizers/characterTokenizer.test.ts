import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCharacterTokenizer, distinctCharacters } from './characterTokenizer.ts';
import { UnknownCharactersError } from './tokenizer.ts';

const context = { signal: new AbortController().signal, onProgress: () => {}, yieldToEvents: async () => {} };
const anyString = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.nat(0xffff)).map((codes) => String.fromCharCode(...codes)),
  fc.array(fc.constantFrom('\ud83d', '\ude00', 'a', '\ufffd')).map((parts) => parts.join('')),
);

describe('the character tokenizer', () => {
  it('numbers the distinct characters in order, end-of-text last', async () => {
    const tokenizer = createCharacterTokenizer(await distinctCharacters(['banana!', 'é😀'], context));
    expect(tokenizer.serialize()).toEqual({ kind: 'character', characters: ['!', 'a', 'b', 'n', 'é', '😀'] });
    expect([...tokenizer.encode('nab😀é')]).toEqual([3, 1, 2, 5, 4]);
    expect([tokenizer.vocabSize, tokenizer.endOfText]).toEqual([7, 6]);
    expect(tokenizer.decode([3, 1, 6, 2])).toBe('nab');
  });

  it('orders by code point, not by code unit', async () => {
    expect(await distinctCharacters(['😀\uffee'], context)).toEqual(['\uffee', '😀']);
  });

  it('gives any text back, lone surrogates included', async () => {
    await fc.assert(
      fc.asyncProperty(anyString, async (text) => {
        const tokenizer = createCharacterTokenizer(await distinctCharacters([text], context));
        const ids = tokenizer.encode(text);
        expect(tokenizer.decode(ids)).toBe(text);
        expect(ids.length).toBe([...text].length);
        expect(tokenizer.vocabSize).toBe(new Set(text).size + 1);
        const bytes = [...ids].flatMap((id) => [...tokenizer.tokenBytes(id)]);
        expect(bytes).toEqual([
          ...new TextEncoder().encode(
            [...text].map((c) => (c.length === 1 && c >= '\ud800' && c <= '\udfff' ? '\ufffd' : c)).join(''),
          ),
        ]);
      }),
      { numRuns: 60 },
    );
  });

  it('treats the marker’s characters as ordinary ones', async () => {
    const marker = '<|endoftext|>';
    const tokenizer = createCharacterTokenizer(await distinctCharacters([marker], context));
    expect(tokenizer.encode(marker).length).toBe(marker.length);
    expect([...tokenizer.encode(marker)]).not.toContain(tokenizer.endOfText);
  });

  it('says which characters it does not know, each once and in order', async () => {
    const tokenizer = createCharacterTokenizer(await distinctCharacters(['abc'], context));
    const attempt = (): unknown => tokenizer.encode('z😀abz€');
    expect(attempt).toThrow(UnknownCharactersError);
    expect(attempt).toThrow(expect.objectContaining({ characters: ['z', '😀', '€'] }));
    expect(attempt).toThrow(/^This model's vocabulary has no “z”, “😀”, “€”: its tokenizer knows only/);
    expect(() => tokenizer.encode('0123456789')).toThrow(/“7” and 2 more: /);
  });

  it('decodes ids that are none to U+FFFD and has no bytes for them', async () => {
    const tokenizer = createCharacterTokenizer(['a', 'b']);
    expect(tokenizer.decode([0, 99, -1, 1, Number.NaN, 0.5])).toBe('a\ufffd\ufffdb\ufffd\ufffd');
    expect(tokenizer.tokenBytes(2)).toEqual(new Uint8Array(0));
    expect(() => tokenizer.tokenBytes(3)).toThrow(RangeError);
  });

  it('can be cancelled', async () => {
    const controller = new AbortController();
    controller.abort(new Error('enough'));
    await expect(distinctCharacters(['abc'], { ...context, signal: controller.signal })).rejects.toThrow('enough');
  });
});
