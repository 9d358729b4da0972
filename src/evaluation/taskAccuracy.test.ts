// Exact matches of scripted models that know all answers, none, or every other one; prompts that fit; and no leaks.
import { describe, expect, it } from 'vitest';
import { unwatched } from '../../scripts/smallRun.ts';
import { GPT3_SWITCHES, type ModelConfig } from '../config/runConfig.ts';
import { generateArithmetic } from '../data/arithmetic.ts';
import { tasksOf } from '../data/textTasks.ts';
import { generateWordGames } from '../data/wordGames.ts';
import type { Exclusive } from '../engine/exclusive.ts';
import type { LanguageModel } from '../model/languageModel.ts';
import type { TaskReport } from '../protocol/messages.ts';
import { createTokenizer } from '../tokenizers/createTokenizer.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { scriptedModel } from './scriptedModel.ts';
import { measureTask, questionsAtOnce } from './taskAccuracy.ts';
import { drawUnseenItems, type UnseenItems } from './unseenItems.ts';

const TEXTS = { arithmetic: generateArithmetic, 'word-games': generateWordGames } as const;
type Text = keyof typeof TEXTS;

interface Asked {
  readonly tokenizer: Tokenizer;
  readonly prepared: readonly UnseenItems[];
}
async function ask(kind: Text, tokenizerKind: 'character' | 'trained', items = 8): Promise<Asked> {
  const training = [...TEXTS[kind](1, 60_000)];
  const tokenizer = await createTokenizer({ kind: tokenizerKind, vocabSize: 400 }, training, unwatched());
  const request = { items, seed: 1, isWritable: () => true };
  return { tokenizer, prepared: await drawUnseenItems(tasksOf(kind), training, request, unwatched()) };
}

const config = (contextLength: number): ModelConfig => ({
  ...GPT3_SWITCHES,
  nLayer: 1,
  nHead: 1,
  nEmbd: 4,
  contextLength,
  dropout: 0,
});

const LONGEST_LINE = 60;

/** Answers the last line's question with what `answer` says, then ends the line. */
function answeringModel(
  tokenizer: Tokenizer,
  contextLength: number,
  answer: (question: string) => string,
): LanguageModel {
  const known = new Map<string, readonly number[]>();
  return scriptedModel(config(contextLength), tokenizer.vocabSize, (ids) => {
    const [line = ''] = tokenizer.decode(ids.slice(-LONGEST_LINE)).split('\n').slice(-1);
    const match = /^(.*(?:A:| =))(.*)$/.exec(line);
    if (!match) return tokenizer.endOfText;
    const [, question = '', written = ''] = match;
    const reply = known.get(question) ?? [...tokenizer.encode(` ${answer(question)}\n`)];
    known.set(question, reply);
    return reply[tokenizer.encode(written).length] ?? tokenizer.endOfText;
  });
}

function measure(
  { tokenizer, prepared }: Asked,
  contextLength: number,
  answer: (question: string) => string,
  mostShots = 4,
): Promise<TaskReport[]> {
  const model = answeringModel(tokenizer, contextLength, answer);
  const samples = questionsAtOnce(model, prepared);
  return Promise.all(
    prepared.map((unseen) =>
      measureTask(model, tokenizer, unseen, {
        mostShots,
        seed: 1,
        samples,
        exclusive: (work) => work(),
        onProgress: () => {},
      }),
    ),
  );
}
const answersOf = ({ prepared }: Asked): Map<string, string> =>
  new Map(prepared.flatMap(({ items }) => items.map(({ question, answer }) => [question, answer])));

describe.each([
  ['arithmetic', 'character', 256],
  ['arithmetic', 'trained', 128],
  ['word-games', 'trained', 256],
] as const)('measureTask on %s with %s tokens', (kind, tokenizerKind, contextLength) => {
  it('finds all, none or half right of models that know so much', async () => {
    const asked = await ask(kind, tokenizerKind);
    const answers = answersOf(asked);
    const knowing = await measure(asked, contextLength, (question) => answers.get(question) ?? 'unasked');
    const ignorant = await measure(asked, contextLength, (question) => `${answers.get(question)}0`);
    const shares = (reports: readonly TaskReport[]) =>
      reports.flatMap(({ byShots }) => byShots.map((shot) => shot.correct / shot.asked));
    expect(shares(knowing).length).toBeGreaterThan(10);
    expect(shares(knowing).every((share) => share === 1)).toBe(true);
    expect(shares(ignorant).every((share) => share === 0)).toBe(true);

    const half = new Set([...answers.keys()].filter((_, i) => i % 2 === 0));
    const knows = (question: string) => (half.has(question) ? answers.get(question) : '-') ?? '';
    const reports = await measure(asked, contextLength, knows);
    for (const [i, { byShots, problem }] of reports.entries()) {
      const { items } = asked.prepared[i]!;
      expect(problem === undefined).toBe(items.length > 0);
      const expected = items.filter(({ question }) => half.has(question)).length;
      for (const { correct, asked: count, low, high, shown } of byShots) {
        expect({ correct, count }).toEqual({ correct: expected, count: items.length });
        expect(low).toBeLessThan(correct / count);
        expect(high).toBeGreaterThan(correct / count);
        for (const item of shown) expect(item.correct).toBe(item.answer === item.expected);
      }
    }
  });
});

describe('prompts', () => {
  it('hold so many examples in the text’s form, the same first ones, and fit the context with their answers', async () => {
    const asked = await ask('arithmetic', 'character', 12);
    const { tokenizer } = asked;
    const answers = answersOf(asked);
    const reports = await measure(asked, 150, (question) => answers.get(question) ?? 'unasked', 16);
    for (const { byShots } of reports) {
      // A line has 25 to 31 characters.
      const most = byShots.at(-1)?.shots ?? 0;
      expect(most).toBeGreaterThanOrEqual(3);
      expect(byShots.map(({ shots }) => shots)).toEqual([0, 1, 2, most]);
      for (const { shots, shown, correct, asked: count } of byShots) {
        expect(correct).toBe(count);
        for (const { prompt, expected } of shown) {
          const lines = prompt.split('\n');
          expect(lines).toHaveLength(shots + 1);
          for (const line of lines.slice(0, -1)) {
            expect(line).toMatch(/^Q: What is \d+ (plus|minus|times) \d+\? A: -?\d+$/);
            expect(line.endsWith(` ${expected}`)).toBe(false);
          }
          expect(new Set(lines).size).toBe(lines.length);
          expect(1 + tokenizer.encode(`${prompt} ${expected}\n`).length - 1).toBeLessThanOrEqual(150);
        }
      }
      const [zero, one, two] = byShots.map(({ shown }) => shown[0]?.prompt ?? '');
      expect(one?.endsWith(`\n${zero}`)).toBe(true);
      expect(two?.startsWith(one?.slice(0, -(zero?.length ?? 0)) ?? '-')).toBe(true);
    }
  });

  it('of word games begin with the instruction, and no example’s word is the one asked for', async () => {
    const asked = await ask('word-games', 'trained', 8);
    const reports = await measure(asked, 256, () => 'word');
    for (const { prompt, expected } of reports.flatMap(({ byShots }) => byShots.flatMap(({ shown }) => shown))) {
      const [instruction, ...lines] = prompt.split('\n');
      expect(instruction).toMatch(/^Please unscramble/);
      for (const line of lines) expect(line.endsWith(`= ${expected}`)).toBe(false);
      expect(lines.at(-1)).toMatch(/ =$/);
    }
  });

  it('are not asked where the context is too short, and the sentence names one that is not', async () => {
    const asked = await ask('word-games', 'character', 8);
    const answers = answersOf(asked);
    const right = (question: string) => answers.get(question) ?? 'unasked';
    const [report] = await measure(asked, 64, right);
    expect(report?.byShots).toEqual([]);
    const needed = /Choose a context of at least (\d+)/.exec(report?.problem ?? '')?.[1];
    expect(Number(needed)).toBeGreaterThan(64);
    const [enough] = await measure(asked, Number(needed), right);
    expect(enough?.byShots[0]).toMatchObject({ shots: 0, correct: 8, asked: 8 });
    const [short] = await measure(asked, Number(needed) - 1, right);
    expect(short?.problem).toContain(`at least ${needed}`);
  });
});

describe('a report', () => {
  it('says that nothing is left to ask, and names the best constant answer', async () => {
    const asked = await ask('arithmetic', 'character', 10);
    const [task] = asked.prepared;
    const item = (a: number, answer: string) => ({ question: `Q: What is ${a} plus 0? A:`, answer });
    const items = [item(1, '1'), item(2, '7'), item(3, '7'), item(4, '4')];
    const prepared = [
      { ...task!, items },
      { ...task!, items: [], drawn: 30, known: 30 },
      { ...task!, items: [], drawn: 0, known: 0 },
    ];
    const [some, none, unwritable] = await measure({ ...asked, prepared }, 64, () => '7', 0);
    expect(some).toMatchObject({ constantAnswer: 0.5, byShots: [{ shots: 0, correct: 2, asked: 4 }] });
    expect(none?.problem).toContain('training text');
    expect(unwritable?.problem).toContain('tokenizer');
  });

  it('takes for right only an answer that ends its line', async () => {
    const asked = await ask('arithmetic', 'character', 6);
    const answers = answersOf(asked);
    const { tokenizer, prepared } = asked;
    const spaces = answeringModel(tokenizer, 64, (question) => `${answers.get(question)}      `);
    const exclusive: Exclusive = (work) => work();
    const settings = { mostShots: 0, seed: 1, samples: 4, exclusive, onProgress: () => {} };
    const report = await measureTask(spaces, tokenizer, prepared[1]!, settings);
    expect(report.byShots[0]).toMatchObject({ correct: 0, asked: 6 });
  });
});
