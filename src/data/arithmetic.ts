// Sums, differences and products of two numbers below 100, asked as in Brown et al. 2020, §3.9.1
// ("Q: What is 48 plus 76? A: 124"), and the grader of such lines. Nothing here knows of a model.
import { Random } from '../random/random.ts';

const OPERATIONS = {
  plus: (a: number, b: number) => a + b,
  minus: (a: number, b: number) => a - b,
  times: (a: number, b: number) => a * b,
} as const;
export type Operation = keyof typeof OPERATIONS;
const OPERATION_NAMES = Object.keys(OPERATIONS) as Operation[];

const FEWEST_LINES = 4;
const MOST_LINES = 8;

/**
 * Documents of 4 to 8 problems, one a line, each line ended by a newline; operands are uniform in 0 … 99, and
 * differences may be negative. Several problems per document let a model use the ones before as examples.
 * @param bytes total size wanted (ASCII, so bytes = characters); the documents have at least that
 */
export function generateArithmetic(seed: number, bytes: number): string[] {
  const random = new Random(seed, 0xa417);
  const documents: string[] = [];
  let written = 0;
  while (written < bytes) {
    const lines = FEWEST_LINES + random.integer(MOST_LINES - FEWEST_LINES + 1);
    let document = '';
    for (let i = 0; i < lines; i++) {
      const operation = random.pick(OPERATION_NAMES);
      const a = random.integer(100);
      const b = random.integer(100);
      document += `Q: What is ${a} ${operation} ${b}? A: ${OPERATIONS[operation](a, b)}\n`;
    }
    documents.push(document);
    written += document.length;
  }
  return documents;
}

export interface ArithmeticScore {
  /** Questions with a finished answer. */
  readonly asked: number;
  readonly correct: number;
}
export interface ArithmeticReport extends ArithmeticScore {
  readonly byOperation: Readonly<Record<Operation, ArithmeticScore>>;
}

/**
 * Grades every question of a text whose answer is finished, which means that a newline follows it: an answer at the
 * very end may still be growing ("12" of "124"). Answers that are no whole number count as wrong.
 */
export function gradeArithmetic(text: string): ArithmeticReport {
  const scores = { plus: { asked: 0, correct: 0 }, minus: { asked: 0, correct: 0 }, times: { asked: 0, correct: 0 } };
  for (const match of text.matchAll(/Q: What is (\d{1,2}) (plus|minus|times) (\d{1,2})\? A:([^\n]*)\n/g)) {
    const [, a = '', word = '', b = '', answer = ''] = match;
    const operation = OPERATION_NAMES.find((name) => name === word);
    if (operation === undefined) continue;
    scores[operation].asked++;
    // Compared as text: "007" is not how 7 is written.
    if (answer === ` ${OPERATIONS[operation](Number(a), Number(b))}`) scores[operation].correct++;
  }
  const all = Object.values(scores);
  return {
    asked: all.reduce((sum, score) => sum + score.asked, 0),
    correct: all.reduce((sum, score) => sum + score.correct, 0),
    byOperation: scores,
  };
}
