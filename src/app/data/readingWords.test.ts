import { describe, expect, it } from 'vitest';
import type { TextReading } from '../../data/textReading.ts';
import { endOfTextLine, readingLine } from './readingWords.ts';

const reading: TextReading = {
  encodings: [{ encoding: 'utf-8', origin: 'valid', files: 1 }],
  unreadable: 0,
  endOfTextMarks: 0,
  remarks: [],
  options: {},
};
const of = (template: string, records: number): TextReading => ({
  ...reading,
  records: { parts: [{ template, records }], records, fields: [] },
});

describe('readingLine', () => {
  it('names the fields and how many records they were taken of', () => {
    expect(readingLine(of('{content}', 50))).toBe('“content” of 50 records · UTF-8');
    expect(readingLine(of('{a}\n{b}\n{c}', 1234))).toBe('“a”, “b” and “c” of 1,234 records · UTF-8');
    expect(readingLine(of('{content}', 1))).toContain('1 record ·');
  });

  it('names the encoding, and that it is a guess', () => {
    const western = { ...reading, encodings: [{ encoding: 'windows-1252', origin: 'fallback', files: 1 } as const] };
    expect(readingLine(western)).toMatch(/Windows-1252.*guess/);
    const both = [...western.encodings, { encoding: 'utf-8', origin: 'valid', files: 2 } as const];
    expect(readingLine({ ...reading, encodings: both })).toMatch(/Windows-1252.*\(1\), UTF-8 \(2\)/);
    expect(readingLine({ ...reading, encodings: [] })).toBe('');
  });
});

describe('endOfTextLine', () => {
  it('tells how often the mark is there, and whether the text was split at it', () => {
    expect(endOfTextLine(reading)).toBeUndefined();
    const marked = { ...reading, endOfTextMarks: 27 };
    expect(endOfTextLine(marked)).toContain('27');
    expect(endOfTextLine({ ...marked, options: { splitAtEndOfText: true } })).not.toBe(endOfTextLine(marked));
  });
});
