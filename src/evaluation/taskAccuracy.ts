// How many of a task's questions a model answers exactly right, without examples and with more and more of them.
import type { TaskItem } from '../data/textTasks.ts';
import type { Exclusive } from '../engine/exclusive.ts';
import type { LanguageModel } from '../model/languageModel.ts';
import type { AnsweredItem, ShotAccuracy, TaskReport } from '../protocol/messages.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { answerGreedily, samplesAtOnce, type Answer } from './greedyAnswers.ts';
import { examplesFor, fits, shotSteps, taskPrompt, type TaskPrompt } from './taskPrompts.ts';
import type { UnseenItems } from './unseenItems.ts';
import { wilsonInterval } from './wilsonInterval.ts';

export interface AskingSettings {
  readonly mostShots: number;
  readonly seed: number;
  /** Questions read side by side; see `questionsAtOnce`. */
  readonly samples: number;
  readonly exclusive: Exclusive;
  /** Told after every batch: the share of this task's questions answered, and with how many examples. */
  readonly onProgress: (share: number, shots: number) => void;
}

const SHOWN_ITEMS = 4;
const LINE_END = 10;

/** One number for all tasks, since plans are built for each number: no more than memory holds or any task has. */
export const questionsAtOnce = (model: LanguageModel, tasks: readonly UnseenItems[]): number =>
  Math.max(1, Math.min(samplesAtOnce(model), Math.max(...tasks.map(({ items }) => items.length))));

/** Asks each question with 0, 1, 2, 4 … examples, as many as the context holds for every question. */
export async function measureTask(
  model: LanguageModel,
  tokenizer: Tokenizer,
  { task, items, drawn, known }: UnseenItems,
  { mostShots, seed, samples, exclusive, onProgress }: AskingSettings,
): Promise<TaskReport> {
  const { contextLength } = model.config;
  const report = { name: task.name, kind: task.kind, variant: task.variant, drawn, known };
  const examples = items.map((item, index) => examplesFor(task, item, mostShots, [seed, 0x5407, index]));
  const promptsWith = (shots: number): TaskPrompt[] =>
    items.map((item, index) => taskPrompt(task, (examples[index] ?? []).slice(0, shots), item, tokenizer));

  const problem = problemOf(promptsWith(0), drawn, contextLength);
  if (problem !== undefined) return { ...report, constantAnswer: 0, byShots: [], problem };

  const enough = Math.min(...examples.map(({ length }) => length));
  let most = 0;
  while (most < enough && promptsWith(most + 1).every((prompt) => fits(prompt, contextLength))) most++;

  const steps = shotSteps(most);
  const byShots: ShotAccuracy[] = [];
  let answered = 0;
  for (const shots of steps) {
    const prompts = promptsWith(shots);
    const answers = await answerGreedily(model, prompts, {
      samples,
      endsAnswer: (id) => id === tokenizer.endOfText || tokenizer.tokenBytes(id).includes(LINE_END),
      filler: tokenizer.endOfText,
      exclusive,
      onAnswered: (count) => {
        answered += count;
        onProgress(answered / (items.length * steps.length), shots);
      },
    });
    byShots.push(accuracyOf(shots, items, prompts, answers, tokenizer));
  }
  return { ...report, constantAnswer: bestConstantAnswer(items), byShots };
}

function problemOf(prompts: readonly TaskPrompt[], drawn: number, contextLength: number): string | undefined {
  if (drawn === 0) return 'The model’s tokenizer can’t encode these questions.';
  if (prompts.length === 0) return 'All of these questions are in the training text, so none is left to ask.';
  if (prompts.every((prompt) => fits(prompt, contextLength))) return undefined;
  const needed = Math.max(...prompts.map(({ tokens }) => tokens - 1));
  return `A question and its answer take up to ${needed} tokens, but the context has only ${contextLength}. Choose a context of at least ${needed}, or a tokenizer with longer tokens.`;
}

function accuracyOf(
  shots: number,
  items: readonly TaskItem[],
  prompts: readonly TaskPrompt[],
  answers: readonly Answer[],
  tokenizer: Tokenizer,
): ShotAccuracy {
  const answered = items.map(({ answer: expected }, i): AnsweredItem => {
    const { ids, ended } = answers[i] ?? { ids: [], ended: false };
    const [line = ''] = tokenizer.decode(ids).split('\n', 1);
    const answer = line.trim();
    return { prompt: prompts[i]?.text ?? '', expected, answer, correct: ended && answer === expected };
  });
  const correct = answered.filter((item) => item.correct).length;
  const asked = items.length;
  return { shots, correct, asked, ...wilsonInterval(correct, asked), shown: answered.slice(0, SHOWN_ITEMS) };
}

function bestConstantAnswer(items: readonly TaskItem[]): number {
  const counts = new Map<string, number>();
  for (const { answer } of items) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  return Math.max(0, ...counts.values()) / items.length;
}
