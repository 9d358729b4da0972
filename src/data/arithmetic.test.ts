// The problems are in the paper's form, and their answers right.
import { describe, expect, it } from 'vitest';
import { generateArithmetic } from './arithmetic.ts';

describe('generateArithmetic', () => {
  const documents = [...generateArithmetic(1, 100_000)];
  const text = documents.join('');

  it('gives the bytes asked for, by seed alone', () => {
    expect(text.length).toBeGreaterThanOrEqual(100_000);
    expect(text.length).toBeLessThan(100_400);
    const fewer = [...generateArithmetic(1, 5000)];
    expect(fewer).toEqual(documents.slice(0, fewer.length));
    expect([...generateArithmetic(2, 5000)][0]).not.toBe(documents[0]);
  });

  it('asks as the paper does, one problem a line, and answers right (worked out here again)', () => {
    const seen = new Map<string, number>();
    for (const line of text.trimEnd().split('\n')) {
      const match = /^Q: What is (\d|[1-9]\d) (plus|minus|times) (\d|[1-9]\d)\? A: (-?\d+)$/.exec(line);
      expect(match, line).not.toBeNull();
      const [, a = '', operation = '', b = '', answer = ''] = match ?? [];
      const [x, y] = [Number(a), Number(b)];
      expect(Number(answer)).toBe(operation === 'plus' ? x + y : operation === 'minus' ? x - y : x * y);
      seen.set(operation, (seen.get(operation) ?? 0) + 1);
    }
    expect(seen.size).toBe(3);
    for (const document of documents) expect(document.endsWith('\n')).toBe(true);
  });
});
