// Sums, differences and products of two numbers below 100, asked as in Brown et al. 2020, §3.9.1
// ("Q: What is 48 plus 76? A: 124"). Nothing here knows of a model; what it may be asked is `arithmeticTasks.ts`.
import { Random } from '../random/random.ts';

const OPERATIONS = {
  plus: (a: number, b: number) => a + b,
  minus: (a: number, b: number) => a - b,
  times: (a: number, b: number) => a * b,
} as const;
export type Operation = keyof typeof OPERATIONS;
export const OPERATION_NAMES = Object.keys(OPERATIONS) as Operation[];
/** Operands are below this. */
export const OPERAND_LIMIT = 100;

const FEWEST_LINES = 4;
const MOST_LINES = 8;

/** A problem up to the space before its answer. */
export const arithmeticQuestion = (a: number, operation: Operation, b: number): string =>
  `Q: What is ${a} ${operation} ${b}? A:`;

export const arithmeticAnswer = (a: number, operation: Operation, b: number): string =>
  String(OPERATIONS[operation](a, b));

/**
 * Documents of 4 to 8 problems, one a line, each line ended by a newline; operands are uniform in 0 … 99, and
 * differences may be negative. Several problems per document let a model use the ones before as examples.
 * @param bytes total size wanted (ASCII, so bytes = characters); the documents have at least that
 * @yields one document at a time
 */
export function* generateArithmetic(seed: number, bytes: number): Generator<string, void, undefined> {
  const random = new Random(seed, 0xa417);
  let written = 0;
  while (written < bytes) {
    const lines = FEWEST_LINES + random.integer(MOST_LINES - FEWEST_LINES + 1);
    let document = '';
    for (let i = 0; i < lines; i++) {
      const operation = random.pick(OPERATION_NAMES);
      const a = random.integer(OPERAND_LIMIT);
      const b = random.integer(OPERAND_LIMIT);
      document += `${arithmeticQuestion(a, operation, b)} ${arithmeticAnswer(a, operation, b)}\n`;
    }
    written += document.length;
    yield document;
  }
}
