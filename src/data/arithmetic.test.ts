// The problems are in the paper's form and right; the grader counts what is asked, finished and right.
import { describe, expect, it } from 'vitest';
import { generateArithmetic, gradeArithmetic } from './arithmetic.ts';

describe('generateArithmetic', () => {
  const documents = generateArithmetic(1, 100_000);
  const text = documents.join('');

  it('gives the bytes asked for, by seed alone', () => {
    expect(text.length).toBeGreaterThanOrEqual(100_000);
    expect(text.length).toBeLessThan(100_400);
    expect(generateArithmetic(1, 5000)).toEqual(documents.slice(0, generateArithmetic(1, 5000).length));
    expect(generateArithmetic(2, 5000)[0]).not.toBe(documents[0]);
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

  it('is graded as all right by the grader', () => {
    const { asked, correct } = gradeArithmetic(text);
    expect(asked).toBe(text.split('\n').length - 1);
    expect(correct).toBe(asked);
  });
});

describe('gradeArithmetic', () => {
  it('counts by operation', () => {
    const text =
      'Q: What is 48 plus 76? A: 124\nQ: What is 48 plus 76? A: 123\nQ: What is 34 minus 53? A: -19\n' +
      'Q: What is 24 times 42? A: 1008\nQ: What is 24 times 42? A: \n';
    expect(gradeArithmetic(text)).toEqual({
      asked: 5,
      correct: 3,
      byOperation: {
        plus: { asked: 2, correct: 1 },
        minus: { asked: 1, correct: 1 },
        times: { asked: 2, correct: 1 },
      },
    });
  });

  it('leaves out questions whose answer may go on, and what is no question', () => {
    expect(gradeArithmetic('Q: What is 48 plus 76? A: 12').asked).toBe(0);
    expect(
      gradeArithmetic('Q: What is 48 plus? A: 12\nQ: What is 5 over 3? A: 2\nQ: What is 148 plus 2? A: 150\n').asked,
    ).toBe(0);
    expect(gradeArithmetic('').asked).toBe(0);
  });

  it('takes odd spellings of a right number for wrong', () => {
    for (const answer of ['124.', '0124', ' 124', '1 2 4', '124 ']) {
      expect(gradeArithmetic(`Q: What is 48 plus 76? A: ${answer}\n`)).toMatchObject({ asked: 1, correct: 0 });
    }
  });
});
