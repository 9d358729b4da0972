// Questions that the training text does not hold: drawn by a seed of their own and looked for in every line of it.
import { questionOf, type TaskItem, type TextTask } from '../data/textTasks.ts';
import type { WorkContext } from '../data/textSource.ts';
import { Random } from '../random/random.ts';
import { WorkPace } from '../tokenizers/workPace.ts';

export interface UnseenItems {
  readonly task: TextTask;
  /** Different questions that no line of the training text asks. */
  readonly items: readonly TaskItem[];
  /** Different questions drawn, and how many of them the training text asks. */
  readonly drawn: number;
  readonly known: number;
}

/** So many questions are drawn for each one wanted, since most may be known. */
const DRAWN_PER_ITEM = 8;
/** Draws that are given to finding another question, before a task counts as exhausted. */
const DRAWS_PER_QUESTION = 20;

interface Request {
  /** Questions wanted of each task; there may be fewer. */
  readonly items: number;
  readonly seed: number;
  /** Whether the model's tokenizer can write this text. */
  readonly isWritable: (text: string) => boolean;
}

/**
 * @param training the documents trained on
 * @throws (rejects with) the signal's reason if cancelled
 */
export async function drawUnseenItems(
  tasks: readonly TextTask[],
  training: Iterable<string>,
  request: Request,
  context: WorkContext,
): Promise<UnseenItems[]> {
  const drawn = tasks.map((task, index) => drawDifferent(task, index, request));
  const sought = new Set(drawn.flatMap((items) => items.map(({ question }) => question)));
  const found = new Set<string>();
  const pace = new WorkPace(context);
  for (const document of training) {
    for (const line of document.split('\n')) {
      const question = questionOf(line);
      if (sought.has(question)) found.add(question);
    }
    const breath = pace.tick(0, 'Looking for the questions in the training text');
    if (breath !== undefined) await breath;
  }
  return tasks.map((task, index) => {
    const all = drawn[index] ?? [];
    const unseen = all.filter(({ question }) => !found.has(question));
    return {
      task,
      items: unseen.slice(0, request.items),
      drawn: all.length,
      known: all.length - unseen.length,
    };
  });
}

function drawDifferent(task: TextTask, index: number, { items, seed, isWritable }: Request): TaskItem[] {
  const random = new Random(seed, 0xe7a1, index);
  const wanted = items * DRAWN_PER_ITEM;
  const drawn = new Map<string, TaskItem>();
  for (let draws = 0; draws < wanted * DRAWS_PER_QUESTION && drawn.size < wanted; draws++) {
    const item = task.draw(random);
    if (!drawn.has(item.question) && isWritable(item.question + item.answer)) drawn.set(item.question, item);
  }
  return [...drawn.values()];
}
