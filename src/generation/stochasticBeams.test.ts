// Stochastic beams: texts come as often, and in the order, that drawing without replacement gives them; and what is
// drawn from is what writing draws from.
import { describe, expect, it } from 'vitest';
import { searchBeams, type BeamSettings, type Hypothesis } from './beamSearch.ts';
import { choiceProbabilities } from './sampling.ts';
import { plainLogProbabilities, plainScore } from './testing/plainBeamSearch.ts';
import { randomTable, tableModel } from './testing/tableModel.ts';

const VOCABULARY = 4;
const END = 3;
const PROMPT = [1];
const SETTINGS: BeamSettings = {
  temperature: 1,
  topK: 0,
  topP: 1,
  maxTokens: 2,
  samples: 3,
  seed: 1,
  beamWidth: 3,
  lengthPenalty: 0,
};
const table = randomTable(VOCABULARY, 4, 0.8);
const model = tableModel(VOCABULARY, table);

async function drawnTexts(settings: BeamSettings): Promise<readonly Hypothesis[]> {
  let found: readonly Hypothesis[] = [];
  for await (const { hypotheses } of searchBeams(model, Int32Array.from(PROMPT), END, settings, (work) => work())) {
    found = hypotheses;
  }
  return found;
}
const nameOf = ({ tokens }: Hypothesis): string => tokens.map(({ id }) => id).join(' ');

/** Probability of every text, token by token as writing with these settings would draw it. */
function textProbabilities(settings: BeamSettings): Map<string, number> {
  const found = new Map<string, number>();
  const grow = (tokens: number[], probability: number): void => {
    if (tokens.at(-1) === END || tokens.length === settings.maxTokens) {
      found.set(tokens.join(' '), probability);
      return;
    }
    const text = [...PROMPT, ...tokens];
    choiceProbabilities(Float32Array.from(table(text)), settings, text).forEach((p, id) => {
      if (p > 0) grow([...tokens, id], probability * p);
    });
  };
  grow([], 1);
  return found;
}

/** Names whose count lies more than five standard deviations (and three of the rarest) from what is expected. */
function outliers(
  counts: ReadonlyMap<string, number>,
  expected: ReadonlyMap<string, number>,
  draws: number,
): unknown[] {
  const names = new Set([...counts.keys(), ...expected.keys()]);
  return [...names].flatMap((name) => {
    const p = expected.get(name) ?? 0;
    const count = counts.get(name) ?? 0;
    return Math.abs(count - draws * p) <= 5 * Math.sqrt(draws * p * (1 - p)) + 3
      ? []
      : [{ name, count, expected: draws * p }];
  });
}

describe('stochastic beams', () => {
  it.each<Partial<BeamSettings>>([
    {},
    { temperature: 0.5 },
    { temperature: 2, repetitionPenalty: 1.7 },
    { topK: 3, minP: 0.1 },
    { noRepeatNgram: 1, topP: 0.95 },
    { maxTokens: 3 },
  ])('with %j draw the first text as writing does, and the next from what is left', async (part) => {
    const settings = { ...SETTINGS, ...part };
    const probabilities = textProbabilities(settings);
    expect([...probabilities.values()].reduce((a, b) => a + b)).toBeCloseTo(1, 9);
    const [firsts, pairs, thirds] = [new Map<string, number>(), new Map<string, number>(), new Map<string, number>()];
    const draws = 8000;
    for (let seed = 0; seed < draws; seed++) {
      const names = (await drawnTexts({ ...settings, seed })).map(nameOf);
      expect(new Set(names).size).toBe(names.length);
      const [first = '', second = '', third = ''] = names;
      firsts.set(first, (firsts.get(first) ?? 0) + 1);
      pairs.set(`${first}, ${second}`, (pairs.get(`${first}, ${second}`) ?? 0) + 1);
      thirds.set(third, (thirds.get(third) ?? 0) + 1);
    }
    expect(outliers(firsts, probabilities, draws)).toEqual([]);
    const ordered = new Map(
      [...probabilities].flatMap(([a, p]) =>
        [...probabilities].filter(([b]) => b !== a).map(([b, q]) => [`${a}, ${b}`, (p * q) / (1 - p)] as const),
      ),
    );
    expect(outliers(pairs, ordered, draws)).toEqual([]);
    const last = new Map<string, number>();
    for (const [a, p] of probabilities) {
      for (const [b, q] of probabilities) {
        for (const [c, r] of probabilities) {
          if (a === b || b === c || a === c) continue;
          last.set(c, (last.get(c) ?? 0) + (((p * q) / (1 - p)) * r) / (1 - p - q));
        }
      }
    }
    expect(outliers(thirds, last, draws)).toEqual([]);
  });

  it('tell true log-probabilities, whatever the temperature', async () => {
    for (const { tokens, score, logProbability } of await drawnTexts({
      ...SETTINGS,
      temperature: 3,
      lengthPenalty: 0.6,
    })) {
      const text = [...PROMPT];
      let sum = 0;
      for (const token of tokens) {
        const own = (await plainLogProbabilities(model, text))[token.id]!;
        expect(token.logProbability).toBeCloseTo(own, 6);
        sum += own;
        text.push(token.id);
      }
      expect(logProbability).toBeCloseTo(sum, 6);
      expect(score).toBeCloseTo(plainScore(sum, tokens.length, 0.6), 6);
    }
  });

  it('are decided by the seed', async () => {
    const names = async (seed: number): Promise<string> => (await drawnTexts({ ...SETTINGS, seed })).map(nameOf).join();
    expect(await names(5)).toBe(await names(5));
    const several = await Promise.all([1, 2, 3, 4, 5, 6].map(names));
    expect(new Set(several).size).toBeGreaterThan(2);
  });

  it('hold every text once where they are as many as the texts', async () => {
    const settings = { ...SETTINGS, maxTokens: 1, beamWidth: 4, samples: 4 };
    expect((await drawnTexts(settings)).map(nameOf).toSorted()).toEqual(['0', '1', '2', '3']);
  });
});
