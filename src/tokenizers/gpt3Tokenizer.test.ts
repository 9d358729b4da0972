import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { encode } from 'gpt-tokenizer/encoding/r50k_base';
import { describe, expect, it } from 'vitest';
import { restoreTokenizer } from './createTokenizer.ts';
import { GPT3_VOCABULARY, loadGpt3Tokenizer } from './gpt3Tokenizer.ts';

/** The package reads `\s` as JavaScript does, which GPT-3 does not: texts with the two characters in question are left out. */
const theirs = (text: string): number[] => encode(text, { disallowedSpecial: new Set() });
const readAlike = (text: string): string => text.replaceAll(/[\u0085\ufeff]/g, '');

describe("GPT-3's tokenizer", async () => {
  const tokenizer = await loadGpt3Tokenizer();

  it('encodes as GPT-2 is known to', () => {
    expect([...tokenizer.encode('Hello world')]).toEqual([15496, 995]);
    expect([...tokenizer.encode('The quick brown fox jumps over the lazy dog')]).toEqual([
      464, 2068, 7586, 21831, 18045, 625, 262, 16931, 3290,
    ]);
    expect([...tokenizer.encode('<|endoftext|>')]).toEqual([27, 91, 437, 1659, 5239, 91, 29]);
    expect([tokenizer.vocabSize, tokenizer.endOfText]).toEqual([GPT3_VOCABULARY, 50256]);
  });

  it('knows white space as tiktoken and Hugging Face do', () => {
    // Ids made with both: U+0085 is white space, U+FEFF is not.
    expect([...tokenizer.encode(' \u0085a')]).toEqual([220, 126, 227, 64]);
    expect([...tokenizer.encode(' \ufeffa')]).toEqual([27332, 119, 123, 64]);
    expect([...tokenizer.encode('\ufeffOnce')]).toEqual([171, 119, 123, 7454]);
  });

  it('goes on as it began for a run of an earlier version', async () => {
    const former = await restoreTokenizer({ kind: 'gpt3' });
    expect([...former.encode(' \u0085a')]).toEqual([1587, 227, 64]);
    expect(former.serialize()).toEqual({ kind: 'gpt3', whiteSpace: 'javascript' });
    expect([...(await restoreTokenizer(tokenizer.serialize())).encode(' \u0085a')]).toEqual([220, 126, 227, 64]);
  });

  it("gives the ids of gpt-tokenizer's encoder", () => {
    const samples = [
      "It's 3.14159 o'clock; they'll say \"we've\"…\n\n\tfor (let i = 0; i < 10; i++) { x += 1; }   \n",
      '東京特許許可局 Привет мир עברית العربية हिन्दी 한국어 ไทย 😀👩‍👩‍👧 Ⅷ ½ ①',
      ' '.repeat(300) + 'x' + '-'.repeat(333) + '='.repeat(100) + 'a'.repeat(200) + '\n'.repeat(77),
      'pneumonoultramicroscopicsilicovolcanoconiosis antidisestablishmentarianism rawdownloadcloneembedreportprint',
      '\ud800 lone \udc00',
      'ACGT'.repeat(300),
    ];
    for (const text of samples) expect([...tokenizer.encode(text)]).toEqual(theirs(text));
    const pieces = fc.array(
      fc.constantFrom(
        'the',
        ' The',
        'ing',
        ' un',
        'ization',
        '0',
        '20',
        ' ',
        '\n',
        "'re",
        '…',
        'é',
        '京',
        '😀',
        '==',
        'x',
        'Q',
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          pieces.map((p) => p.join('')),
          fc.string({ unit: 'binary' }),
        ),
        (drawn) => {
          const text = readAlike(drawn);
          expect([...tokenizer.encode(text)]).toEqual(theirs(text));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("has the bytes of OpenAI's published table", () => {
    const table = readFileSync(
      new URL('../../node_modules/gpt-tokenizer/data/r50k_base.tiktoken', import.meta.url),
      'utf8',
    );
    const lines = table.trim().split('\n');
    expect(lines.length).toBe(GPT3_VOCABULARY - 1);
    const wrong = lines.filter((line) => {
      const [base64 = '', id = ''] = line.split(' ');
      return !Buffer.from(base64, 'base64').equals(tokenizer.tokenBytes(Number(id)));
    });
    expect(wrong).toEqual([]);
  });

  it('encodes a run of 300,000 letters', () => {
    const text = 'abc'.repeat(100_000);
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  });

  it('is made once', async () => {
    expect(await loadGpt3Tokenizer()).toBe(tokenizer);
  });
});
