// Prompts of a task: examples in the text's own form, then the question. As in Brown et al. 2020 §2, the examples are
// the task's and the model's weights stay as they are.
import { lineOf, type TaskItem, type TextTask } from '../data/textTasks.ts';
import { Random } from '../random/random.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';

export interface TaskPrompt {
  readonly text: string;
  /** Begins with end-of-text, as documents do. */
  readonly ids: readonly number[];
  /** Tokens of the prompt and of the right answer's line. */
  readonly tokens: number;
  /** No right answer has more tokens, however it is cut. */
  readonly mostAnswerTokens: number;
}

/** Of two numbers of examples, the larger is so many times the other. */
const CLOSEST = 1.5;
/** Draws that are given to finding an example that shares neither question nor answer with the item. */
const DRAWS_PER_EXAMPLE = 50;

/** Different examples that do not give the item's answer away. Of more, the first are the same. */
export function examplesFor(task: TextTask, item: TaskItem, count: number, seeds: readonly number[]): TaskItem[] {
  const random = new Random(...seeds);
  const examples: TaskItem[] = [];
  const isNew = ({ question, answer }: TaskItem): boolean =>
    question !== item.question && answer !== item.answer && examples.every((other) => other.question !== question);
  for (let draws = 0; examples.length < count && draws < count * DRAWS_PER_EXAMPLE; draws++) {
    const example = task.draw(random);
    if (isNew(example)) examples.push(example);
  }
  return examples;
}

export function taskPrompt(
  task: TextTask,
  examples: readonly TaskItem[],
  item: TaskItem,
  tokenizer: Tokenizer,
): TaskPrompt {
  const text = task.heading + examples.map(lineOf).join('') + item.question;
  const ids = [tokenizer.endOfText, ...tokenizer.encode(text)];
  const rest = lineOf(item).slice(item.question.length);
  return {
    text,
    ids,
    tokens: ids.length + tokenizer.encode(rest).length,
    // The texts with tasks are ASCII, and a token stands for a byte at least.
    mostAnswerTokens: rest.length,
  };
}

/** The last token of an answer is never read, so it needs no place. */
export const fits = ({ tokens }: TaskPrompt, contextLength: number): boolean => tokens - 1 <= contextLength;

/** Numbers of examples to try: none, then doubling, and lastly as many as there may be; two are never close together. */
export function shotSteps(most: number): number[] {
  const steps = [0];
  for (let shots = 1; CLOSEST * shots <= most; shots *= 2) steps.push(shots);
  if (most > 0) steps.push(most);
  return steps;
}
