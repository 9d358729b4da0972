// Questions of the built-in texts: in their texts' own form, answered right, each of the kind it says.
import { describe, expect, it } from 'vitest';
import { Random } from '../random/random.ts';
import { generateArithmetic } from './arithmetic.ts';
import { lineOf, questionOf, tasksOf, type TextTask } from './textTasks.ts';
import { GAME_WORDS, generateWordGames } from './wordGames.ts';
import { NEW_WORDS } from './wordGamesTasks.ts';

const drawn = (task: TextTask) => {
  const random = new Random(9);
  return Array.from({ length: 300 }, () => task.draw(random));
};
const named = (tasks: readonly TextTask[], name: string): TextTask => {
  const task = tasks.find((other) => other.name === name);
  if (task === undefined) throw new Error(`no task ${name}`);
  return task;
};
const sorted = (text: string): string => [...text].sort().join('');

describe('arithmetic tasks', () => {
  const tasks = tasksOf('arithmetic');

  it('are every operation by number of digits, with right answers', () => {
    expect(tasks.map(({ name }) => name)).toEqual(['plus-1', 'plus-2', 'minus-1', 'minus-2', 'times-1', 'times-2']);
    for (const task of tasks) {
      const [operation = '', digits = ''] = task.name.split('-');
      for (const { question, answer } of drawn(task)) {
        const match = /^Q: What is (\d+) (\w+) (\d+)\? A:$/.exec(question);
        const [, a = '', word, b = ''] = match ?? [];
        expect(word).toBe(operation);
        expect(Math.max(a.length, b.length)).toBe(Number(digits));
        const [x, y] = [Number(a), Number(b)];
        expect(Number(answer)).toBe({ plus: x + y, minus: x - y, times: x * y }[operation]);
      }
    }
  });

  it('have lines as the text has them', () => {
    const line = /^Q: What is (\d|[1-9]\d) (plus|minus|times) (\d|[1-9]\d)\? A: (-?\d+)\n$/;
    for (const task of tasks) for (const item of drawn(task)) expect(lineOf(item)).toMatch(line);
    for (const document of generateArithmetic(1, 2000)) {
      for (const text of document.trimEnd().split('\n')) expect(questionOf(text)).toBe(text.replace(/ -?\d+$/, ''));
    }
  });
});

describe('word game tasks', () => {
  const tasks = tasksOf('word-games');

  it('ask for words of the text, and for words that it does not have', () => {
    expect(new Set(NEW_WORDS).size).toBe(NEW_WORDS.length);
    expect(NEW_WORDS.length).toBeGreaterThan(300);
    const words = new Set(GAME_WORDS);
    for (const word of NEW_WORDS) {
      expect(word).toMatch(/^[a-z]{4,}$/);
      expect(words.has(word), word).toBe(false);
    }
    expect(tasks).toHaveLength(10);
    for (const task of tasks) {
      const pool = new Set(task.name.endsWith('-new') ? NEW_WORDS : GAME_WORDS);
      for (const { question, answer } of drawn(task)) {
        expect(pool.has(answer), answer).toBe(true);
        const scrambled = question.slice(0, -' ='.length);
        expect(scrambled).not.toBe(answer);
        expect(sorted(scrambled.replace(/[^a-z]/g, ''))).toBe(sorted(answer));
      }
    }
    const [reversed] = drawn(named(tasks, 'reverse-new'));
    expect([...(reversed?.answer ?? '')].reverse().join('')).toBe(reversed?.question.replace(' =', ''));
  });

  it('have lines as the text has them, under its heading', () => {
    const [document = ''] = generateWordGames(3, 100);
    for (const { heading } of tasks) expect(document.startsWith(heading)).toBe(true);
    for (const line of document.trimEnd().split('\n').slice(1)) {
      const [scrambled, word] = line.split(' = ');
      expect(questionOf(line)).toBe(`${scrambled} =`);
      expect(lineOf({ question: questionOf(line), answer: word ?? '' })).toBe(`${line}\n`);
    }
  });
});

describe('tasksOf', () => {
  it('has none for texts that ask nothing', () => {
    for (const kind of ['tales', 'own', 'url'] as const) expect(tasksOf(kind)).toEqual([]);
  });
});
