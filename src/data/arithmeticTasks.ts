// What a model trained on the arithmetic text can be asked: each operation, by the number of digits
// (Brown et al. 2020, §3.9.1).
import type { Random } from '../random/random.ts';
import { arithmeticAnswer, arithmeticQuestion, OPERAND_LIMIT, OPERATION_NAMES, type Operation } from './arithmetic.ts';
import type { TaskItem, TextTask } from './textTasks.ts';

const KINDS: Readonly<Record<Operation, string>> = {
  plus: 'Addition',
  minus: 'Subtraction',
  times: 'Multiplication',
};

/** Digits that an operand of the text can have. */
const MOST_DIGITS = String(OPERAND_LIMIT - 1).length;

/** Operands uniform among the pairs whose longer one has so many digits. */
function drawProblem(operation: Operation, digits: number, random: Random): TaskItem {
  const limit = 10 ** digits;
  const least = digits === 1 ? 0 : limit / 10;
  for (;;) {
    const a = random.integer(limit);
    const b = random.integer(limit);
    if (Math.max(a, b) < least) continue;
    return { question: arithmeticQuestion(a, operation, b), answer: arithmeticAnswer(a, operation, b) };
  }
}

export const ARITHMETIC_TASKS: readonly TextTask[] = OPERATION_NAMES.flatMap((operation) =>
  Array.from({ length: MOST_DIGITS }, (_, i) => ({
    name: `${operation}-${i + 1}`,
    kind: KINDS[operation],
    variant: i === 0 ? '1 digit' : `${i + 1} digits`,
    heading: '',
    draw: (random: Random) => drawProblem(operation, i + 1, random),
  })),
);
