// Encodings: which one a file's bytes are in, what is counted and said, and what is no text.
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WorkPace } from '../tokenizers/workPace.ts';
import { ENCODINGS } from './encodingNames.ts';
import { decodeText } from './textDecoding.ts';
import { findEncoding } from './textEncoding.ts';
import { TextError } from './textSource.ts';

const pace = new WorkPace({
  signal: new AbortController().signal,
  onProgress: () => undefined,
  yieldToEvents: async () => undefined,
});
const decode = (bytes: Uint8Array, wishes: { declared?: string; chosen?: string } = {}) =>
  decodeText(bytes, { name: '“a.txt”', pace, ...wishes });
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const joined = (...parts: (string | number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? [...utf8(part)] : part)));
const convert = (text: string, encoding: string): Uint8Array =>
  new Uint8Array(execFileSync('iconv', ['-f', 'UTF-8', '-t', encoding], { input: text }));
const wide = (text: string, units: 2 | 4, little: boolean): number[] => {
  const codes =
    units === 2
      ? Array.from({ length: text.length }, (_, i) => text.charCodeAt(i))
      : [...text].map((c) => c.codePointAt(0) ?? 0);
  const view = new DataView(new ArrayBuffer(units * codes.length));
  codes.forEach((code, i) => (units === 2 ? view.setUint16(2 * i, code, little) : view.setUint32(4 * i, code, little)));
  return [...new Uint8Array(view.buffer)];
};

const TEXTS: readonly (readonly [string, string, readonly string[]])[] = [
  ['German', 'Die Füchse liefen über die grüne Wiese, während die Bäume im Wind rauschten. ', ['windows-1252']],
  ['French', 'L’élève a été récompensé à l’école où le garçon naïf préféré est déjà près de la forêt. ', ['windows-1252']],
  ['English', 'It’s the first of May — the “café” was closed, and so we went home again. ', ['windows-1252']],
  ['Polish', 'Zażółć gęślą jaźń. Chłopiec poszedł do szkoły, gdzie uczył się pilnie każdego dnia. ', ['windows-1250', 'iso-8859-2']],
  ['Russian', 'Жили-были старик со старухой у самого синего моря. Они жили в ветхой землянке. ', ['windows-1251', 'koi8-r', 'iso-8859-5', 'ibm866']],
  ['Greek', 'Μια φορά κι έναν καιρό ήταν ένα μικρό κορίτσι που ζούσε στο δάσος με τη γιαγιά του. ', ['iso-8859-7']],
  ['Turkish', 'Bir varmış bir yokmuş, küçük bir kız ormanda büyükannesiyle yaşarmış. ', ['windows-1254']],
  ['Arabic', 'كان يا مكان في قديم الزمان فتاة صغيرة تعيش في الغابة مع جدتها. ', ['windows-1256']],
  ['Japanese', 'むかしむかし、あるところに、おじいさんとおばあさんが住んでいました。', ['shift_jis', 'euc-jp', 'iso-2022-jp']],
  ['Chinese', '从前有一个小女孩，她和祖母住在森林里。每天她都去学校学习，回家帮忙做饭。', ['gb18030']],
  ['Taiwanese', '從前有一個小女孩，她和祖母住在森林裡。每天她都去學校學習，回家幫忙做飯。', ['big5']],
  ['Korean', '옛날 옛적에 작은 소녀가 숲에서 할머니와 함께 살았습니다. 매일 학교에 갔습니다.', ['euc-kr']],
]; // prettier-ignore

describe('texts from before Unicode', () => {
  const cases = TEXTS.flatMap(([language, text, encodings]) =>
    encodings.map((encoding) => [language, encoding, text] as const),
  );

  it.each(cases)('%s in %s is read as it was written', async (_, encoding, text) => {
    const whole = text.repeat(60);
    const decoded = await decode(convert(whole, encoding));
    expect(decoded.text.slice(0, text.length)).toBe(text);
    expect(decoded.text === whole).toBe(true);
    expect(decoded.encoding).toMatchObject({ encoding, origin: encoding === 'windows-1252' ? 'fallback' : 'guessed' });
    expect(decoded.unreadable).toBe(0);
  });

  it('reads a single letter beyond ASCII as Western', async () => {
    expect((await decode(joined('An old caf', [0xe9], '.'))).text).toBe('An old café.');
    // Wherever it stands.
    expect((await decode(joined('a'.repeat(3_000_000), [0xe9]))).text.at(-1)).toBe('é');
  });

  it('reads any Windows-1252 text of letters as such', async () => {
    const letters = fc.array(fc.constantFrom(...'abcdefghij ÄÖÜäöüßéèêçñáà€“”’–…'), { minLength: 1, maxLength: 80 });
    await fc.assert(
      fc.asyncProperty(letters, async (list) => {
        const text = `plain english words all around it ${list.join('')} and plain english words behind`;
        const { encoding } = await decode(convert(text, 'windows-1252'), { declared: 'windows-1252' });
        expect(encoding.encoding).toMatch(/windows-1252|utf-8/);
      }),
      { numRuns: 3 },
    );
  });
});

describe('marks, declarations and choices', () => {
  it('understands byte order marks', async () => {
    const text = 'Grüße an 🐳\r\nEnde';
    const marked: readonly (readonly [string, number[], number[]])[] = [
      ['utf-8', [0xef, 0xbb, 0xbf], [...utf8(text)]],
      ['utf-16le', [0xff, 0xfe], wide(text, 2, true)],
      ['utf-16be', [0xfe, 0xff], wide(text, 2, false)],
      ['utf-32le', [0xff, 0xfe, 0, 0], wide(text, 4, true)],
      ['utf-32be', [0, 0, 0xfe, 0xff], wide(text, 4, false)],
    ];
    for (const [encoding, mark, bytes] of marked) {
      const decoded = await decode(joined(mark, bytes), { declared: 'windows-1252' });
      expect(decoded.text).toBe('Grüße an 🐳\nEnde');
      expect(decoded.encoding).toMatchObject({ encoding, origin: 'mark' });
    }
    for (const [encoding, , bytes] of marked.slice(1)) {
      const decoded = await decode(Uint8Array.from(bytes));
      expect([decoded.text, decoded.encoding.encoding]).toEqual(['Grüße an 🐳\nEnde', encoding]);
    }
  });

  it('understands what a file says of itself', async () => {
    const xml = joined('<?xml version="1.0" encoding="ISO-8859-5"?><a>', [0xbc, 0xd8, 0xe0], '</a>');
    expect((await decode(xml)).text).toContain('<a>Мир</a>');
    const html = joined('<html><meta http-equiv=x content="text/html; charset=koi8-r"><p>', [0xed, 0xc9, 0xd2]);
    expect((await decode(html)).text).toContain('<p>Мир');
    expect((await decode(joined('<meta charset="utf-8">', [0xe9]))).encoding.encoding).toBe('windows-1252');
  });

  it('follows the person’s choice', async () => {
    const bytes = joined([0xcc, 0xe8, 0xf0], ' Ende');
    expect((await decode(bytes, { chosen: 'windows-1251', declared: 'utf-8' })).text).toBe('Мир Ende');
    for (const { label } of ENCODINGS) {
      const { encoding } = await decode(utf8('plain enough'), { chosen: label });
      expect(encoding).toMatchObject({ encoding: label, origin: 'chosen' });
    }
    expect(() => findEncoding(bytes, { chosen: 'rot13' })).toThrow(RangeError);
  });

  it('keeps UTF-8 with a few broken places, and counts them', async () => {
    const text = 'Grüße an die Füchse. '.repeat(20);
    const { text: decoded, encoding, unreadable } = await decode(joined(text, [0xfc], text, [0xe2, 0x82]));
    expect(encoding.encoding).toBe('utf-8');
    expect(unreadable).toBe(2);
    expect(decoded).toBe(`${text}\ufffd${text}\ufffd`);
    // A file cut off inside a character is still UTF-8.
    expect((await decode(joined('Grüße ', [0xf0, 0x9f]))).text).toBe('Grüße \ufffd');
    // What stood in the file as U+FFFD was read.
    expect((await decode(utf8('\ufffd Grüße \ufffd'))).unreadable).toBe(0);
  });

  it('decodes what its chunks cut apart', async () => {
    const head = 'a'.repeat(1024 * 1024 - 1);
    expect((await decode(utf8(`${head}€🐳`))).text).toBe(`${head}€🐳`);
    expect((await decode(utf8(`${head}\r\nb\r`))).text).toBe(`${head}\nb\n`);
    expect((await decode(utf8(`${head}\r\0\nb`))).text).toBe(`${head}\nb`);
    expect((await decode(joined([0xff, 0xfe, 0, 0], wide(`${'a'.repeat(262_143)}🐳b`, 4, true)))).text.slice(-3)).toBe(
      '🐳b',
    );
  });
});

describe('what is no text', () => {
  const refusal = async (bytes: Uint8Array): Promise<string> => {
    const error: unknown = await decode(bytes).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TextError);
    return error instanceof Error ? error.message : '';
  };

  it('drops a stray NUL in 200 kB and counts it', async () => {
    const text = 'Once upon a time. '.repeat(11_000);
    const decoded = await decode(joined(text, [0], text));
    expect(decoded.text).toBe(text + text);
    expect(decoded.droppedNuls).toBe(1);
  });

  it('refuses bytes that are mostly none', async () => {
    const noise = Uint8Array.from({ length: 5000 }, (_, i) => 1 + ((i * 73 + ((i * i) % 251)) % 255));
    expect(await refusal(noise)).toContain('“a.txt”');
    expect(await refusal(Uint8Array.of(0x80, 0x81, 0x41, 0x02))).toContain('binary');
    expect(await refusal(joined('PNG', [0, 1, 2], 'x'.repeat(500)))).toContain('binary');
    expect(await refusal(new Uint8Array(5000))).toContain('binary');
  });

  it('knows common files by their first bytes and says what to do', async () => {
    const files: readonly (readonly [string, Uint8Array])[] = [
      ['PNG', joined([0x89], 'PNG\r\n', [0x1a, 0x0a, 0, 0])],
      ['JPEG', joined([0xff, 0xd8, 0xff, 0xe0, 0, 0x10], 'JFIF')],
      ['PDF', utf8('%PDF-1.7\n1 0 obj\n')],
      ['ZIP', joined('PK', [3, 4, 20, 0, 8, 0])],
      ['gzip', joined([0x1f, 0x8b, 8, 0, 0])],
      ['RTF', utf8('{\\rtf1\\ansi Hello}')],
      ['Parquet', joined('PAR1', [0x15, 0x04, 0x15])],
      ['Runs', joined('GLASSBOX', [1, 0, 0, 0, 60, 0, 0, 0], '{}')],
    ];
    for (const [what, bytes] of files) expect(await refusal(bytes)).toContain(what);
    // Texts may begin like them.
    for (const text of ['BZh, he said.', 'ID3 is a label.', 'PAR1 and more', 'GIF8 is old', 'GLASSBOX is a page'])
      expect((await decode(utf8(text))).text).toBe(text);
  });
});
