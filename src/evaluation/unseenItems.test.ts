// Questions asked of a model are not in its training text, and what was left out is counted.
import { describe, expect, it } from 'vitest';
import { unwatched } from '../../scripts/smallRun.ts';
import { generateArithmetic } from '../data/arithmetic.ts';
import { lineOf, tasksOf, type TextTask } from '../data/textTasks.ts';
import { generateWordGames } from '../data/wordGames.ts';
import { drawUnseenItems } from './unseenItems.ts';

const anything = () => true;
const REQUEST = { items: 40, seed: 1, isWritable: anything };

describe.each([
  ['arithmetic', generateArithmetic],
  ['word-games', generateWordGames],
] as const)('drawUnseenItems of %s', (kind, generate) => {
  const training = [...generate(1, 400_000)];
  const text = `\n${training.join('')}`;

  it('gives different questions, none of which the training text asks', async () => {
    const all = await drawUnseenItems(tasksOf(kind), training, REQUEST, unwatched());
    expect(all.map(({ task }) => task)).toEqual(tasksOf(kind));
    let known = 0;
    for (const unseen of all) {
      const questions = unseen.items.map(({ question }) => question);
      expect(new Set(questions).size).toBe(questions.length);
      for (const question of questions) expect(text.includes(`\n${question} `), question).toBe(false);
      expect(unseen.items.length).toBeLessThanOrEqual(Math.min(40, unseen.drawn - unseen.known));
      known += unseen.known;
    }
    expect(known).toBeGreaterThan(50);
    expect(all.some(({ items }) => items.length === 40)).toBe(true);
  });

  it('gives the same by the same seed, others by another', async () => {
    const draw = (seed: number) => drawUnseenItems(tasksOf(kind), training, { ...REQUEST, seed }, unwatched());
    const [first, again, other] = [await draw(1), await draw(1), await draw(2)];
    expect(again).toEqual(first);
    expect(other[1]?.items).not.toEqual(first[1]?.items);
  });
});

describe('drawUnseenItems', () => {
  const letters: TextTask = {
    name: 'letters',
    kind: 'Letters',
    variant: '',
    heading: '',
    draw: (random) => {
      const at = random.integer(5);
      return { question: `${'abcde'.charAt(at)}:`, answer: String(at) };
    },
  };
  const draw = (training: readonly string[], isWritable: (text: string) => boolean = anything) =>
    drawUnseenItems([letters], training, { ...REQUEST, isWritable }, unwatched());

  it('counts what stands in the training text, whatever is answered there', async () => {
    const [unseen] = await draw(['a: 0\nx\n', 'c: 7\n', 'to be: 1\n']);
    expect(unseen).toMatchObject({ drawn: 5, known: 2 });
    expect(unseen?.items.map(({ question }) => question).toSorted()).toEqual(['b:', 'd:', 'e:']);
    const [none] = await draw([letters, letters].map(() => 'abcde'.replaceAll(/./g, (letter) => `${letter}: 0\n`)));
    expect(none).toMatchObject({ drawn: 5, known: 5, items: [] });
  });

  it('leaves out what the tokenizer cannot write', async () => {
    const [unseen] = await draw([], (text) => !text.includes('b') && !text.includes('3'));
    expect(unseen?.items.map(lineOf).toSorted()).toEqual(['a: 0\n', 'c: 2\n', 'e: 4\n']);
    expect(unseen).toMatchObject({ drawn: 3, known: 0 });
  });

  it('ends when cancelled', async () => {
    const controller = new AbortController();
    controller.abort();
    const request = drawUnseenItems([letters], ['a: 0\n'], REQUEST, unwatched(controller.signal));
    await expect(request).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
  });
});
