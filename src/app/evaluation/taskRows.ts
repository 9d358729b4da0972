// Rearranges a report's tasks for tables and charts.
import type { EvaluationReport, ShotAccuracy, TaskReport } from '../../protocol/messages.ts';
import { formatCount } from '../formatNumber.ts';
import { EVALUATION_COPY } from './evaluationCopy.ts';

/** How many examples stand in the prompt: none, one, or as many as the context holds. */
export const SHOT_CHOICES = ['zero', 'one', 'few'] as const;
export type ShotChoice = (typeof SHOT_CHOICES)[number];

/** @returns undefined where the task was not asked so; few-shot takes more than one example */
export function accuracyWith({ byShots }: TaskReport, choice: ShotChoice): ShotAccuracy | undefined {
  if (choice === 'zero') return byShots.find(({ shots }) => shots === 0);
  if (choice === 'one') return byShots.find(({ shots }) => shots === 1);
  return byShots.findLast(({ shots }) => shots > 1);
}

/** The choices for which there is anything to show. */
export const shotChoices = (tasks: readonly TaskReport[]): ShotChoice[] =>
  SHOT_CHOICES.filter((choice) => tasks.some((task) => accuracyWith(task, choice) !== undefined));

/** Every number of examples that any task was asked with, ascending. */
export function shotColumns(tasks: readonly TaskReport[]): number[] {
  const shots = new Set(tasks.flatMap(({ byShots }) => byShots.map((accuracy) => accuracy.shots)));
  return [...shots].toSorted((a, b) => a - b);
}

/** Tasks of one kind together, in their order. */
export function tasksByKind(tasks: readonly TaskReport[]): { kind: string; tasks: TaskReport[] }[] {
  const kinds = new Map<string, TaskReport[]>();
  for (const task of tasks) kinds.set(task.kind, [...(kinds.get(task.kind) ?? []), task]);
  return [...kinds].map(([kind, members]) => ({ kind, tasks: members }));
}

/** Every variant of any kind, in order of appearance: its place is its colour and marker. */
export const variantsOf = (tasks: readonly TaskReport[]): string[] => [...new Set(tasks.map(({ variant }) => variant))];

/** "step 400", "steps 400–412" */
export function measuredAt({ step, lastStep }: Pick<EvaluationReport, 'step' | 'lastStep'>): string {
  const first = formatCount(step);
  return step === lastStep ? EVALUATION_COPY.step(first) : EVALUATION_COPY.steps(first, formatCount(lastStep));
}
