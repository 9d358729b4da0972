// Questions that a built-in text asks and answers, so that a model trained on it can be asked them too.
// Making them is `arithmeticTasks.ts` and `wordGamesTasks.ts`; asking a model is `evaluation`.
import type { TextChoice } from '../config/runConfig.ts';
import type { Random } from '../random/random.ts';
import { ARITHMETIC_TASKS } from './arithmeticTasks.ts';
import { WORD_GAME_TASKS } from './wordGamesTasks.ts';

/** One line of the text: the question, a space, the answer, which holds no space. */
export interface TaskItem {
  readonly question: string;
  readonly answer: string;
}

/** Questions of one kind, in the text's own form. */
export interface TextTask {
  /** Tells the task from all others of its text: 'plus-2'. */
  readonly name: string;
  /** What is asked ('Addition'); tasks of one kind differ in their variant only. */
  readonly kind: string;
  /** '2 digits' */
  readonly variant: string;
  /** Stands before the first line of a document; may be empty. */
  readonly heading: string;
  readonly draw: (random: Random) => TaskItem;
}

export const lineOf = ({ question, answer }: TaskItem): string => `${question} ${answer}\n`;

/** The question of a line of text: all before its last space. */
export const questionOf = (line: string): string => line.slice(0, Math.max(0, line.lastIndexOf(' ')));

/** The tasks of a text; none of one that asks nothing. */
export function tasksOf(kind: TextChoice['kind']): readonly TextTask[] {
  if (kind === 'arithmetic') return ARITHMETIC_TASKS;
  if (kind === 'word-games') return WORD_GAME_TASKS;
  return [];
}
