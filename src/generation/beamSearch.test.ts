// Beam search against a plain one that reads everything anew, against looking at every text there is, and against greedy
// writing; its scores against the whole context at once.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newTestModel, TEST_ENGINES } from '../../scripts/testEngine.ts';
import { GPT3_SWITCHES, type ModelConfig } from '../config/runConfig.ts';
import * as tf from '../engine/tf.ts';
import type { LanguageModel } from '../model/languageModel.ts';
import { initialParameters, parameterLayout } from '../model/parameters.ts';
import { Random } from '../random/random.ts';
import { createByteTokenizer } from '../tokenizers/byteTokenizer.ts';
import { lengthPenaltyOf, searchBeams, type BeamSettings, type BeamStep, type Hypothesis } from './beamSearch.ts';
import { writeText } from './generate.ts';
import { StopStrings } from './stopStrings.ts';
import {
  logSoftmax,
  plainBeamSearch,
  plainLogProbabilities,
  plainScore,
  type PlainSettings,
} from './testing/plainBeamSearch.ts';
import { randomTable, tableModel } from './testing/tableModel.ts';

const SETTINGS: BeamSettings = {
  temperature: 0,
  topK: 0,
  topP: 1,
  maxTokens: 6,
  samples: 1,
  seed: 1,
  beamWidth: 1,
  lengthPenalty: 0,
};
const alone = <T>(work: () => Promise<T>): Promise<T> => work();

async function search(
  model: LanguageModel,
  prompt: readonly number[],
  end: number,
  settings: BeamSettings,
): Promise<{ steps: BeamStep[]; found: readonly Hypothesis[] }> {
  const steps: BeamStep[] = [];
  for await (const step of searchBeams(model, Int32Array.from(prompt), end, settings, alone)) steps.push(step);
  return { steps, found: steps.at(-1)?.hypotheses ?? [] };
}
const idsOf = ({ tokens }: Hypothesis): number[] => tokens.map(({ id }) => id);

function expectSame(found: readonly Hypothesis[], expected: Awaited<ReturnType<typeof plainBeamSearch>>): void {
  expect(found.map(idsOf)).toEqual(expected.map(({ tokens }) => tokens));
  found.forEach(({ score }, i) => expect(score).toBeCloseTo(expected[i]!.score, 4));
}

/** A random case: a search's settings, also as the plain search takes them. */
function randomCase(seed: number, vocabSize: number, end: number): { settings: BeamSettings; plain: PlainSettings } {
  const random = new Random(81, seed);
  const beamWidth = 1 + random.integer(vocabSize);
  const shared = {
    beamWidth,
    lengthPenalty: random.pick([0, 0.6, 1, 2 * random.uniform()]),
    maxTokens: 1 + random.integer(6),
    samples: 1 + random.integer(beamWidth),
    repetitionPenalty: random.pick([1, 1, 1.3, 3]),
    noRepeatNgram: random.pick([0, 0, 1, 2, 3]),
  };
  const stops = random.uniform() < 0.8;
  return {
    settings: { ...SETTINGS, ...shared, stopAtEndOfText: stops },
    plain: { ...shared, end: stops ? end : -1 },
  };
}

describe('searchBeams', () => {
  it.each(Array.from({ length: 200 }, (_, seed) => seed))(
    'finds what a plain search finds, in random table %i',
    async (seed) => {
      const random = new Random(82, seed);
      const vocabSize = 2 + random.integer(7);
      const table = randomTable(vocabSize, seed, 0.5 + 2 * random.uniform());
      const model = tableModel(vocabSize, table);
      const end = random.integer(vocabSize);
      const prompt = Array.from({ length: 1 + random.integer(4) }, () => random.integer(vocabSize));
      const { settings, plain } = randomCase(seed, vocabSize, end);
      const { found } = await search(model, prompt, end, settings);
      const asSingles = async (text: readonly number[]): Promise<number[]> => [...Float32Array.from(table(text))];
      expectSame(found, await plainBeamSearch(asSingles, prompt, plain));
      expect(model.openDecoders).toBe(0);
    },
  );

  describe.each(TEST_ENGINES)('on %s', { timeout: 120_000 }, (engine) => {
    const models = engine === 'plan' ? [1, 2] : [1, 2, 3, 4, 5, 6];
    it.each(models)('finds what a plain search finds, with real model %i, beyond its context too', async (seed) => {
      const config: ModelConfig = { ...GPT3_SWITCHES, nLayer: 2, nHead: 2, nEmbd: 8, contextLength: 8, dropout: 0 };
      const vocabSize = 9;
      const values = initialParameters(parameterLayout(config, vocabSize), seed);
      const model = await newTestModel(
        engine,
        config,
        vocabSize,
        values.map((value) => (value === 1 ? 1 : 12 * value)),
      );
      const tensors = tf.memory().numTensors;
      const prompt = [seed, 3, 1];
      const windowed = async (text: readonly number[]): Promise<number[]> => {
        // Full at 8 tokens, it begins again with the last 6, then the last 6 of what has come since.
        const window = text.length <= 8 ? text : text.slice(-(6 + ((text.length - 9) % 3)));
        return plainLogProbabilities(model, window);
      };
      for (const [beamWidth, lengthPenalty] of [
        [1, 0],
        [4, 0.6],
        [7, 1],
      ] as const) {
        const shared = { beamWidth, lengthPenalty, maxTokens: 12, samples: beamWidth };
        const { found } = await search(model, prompt, 0, { ...SETTINGS, ...shared });
        expectSame(
          found,
          await plainBeamSearch(windowed, prompt, { ...shared, repetitionPenalty: 1, noRepeatNgram: 0, end: 0 }),
        );
      }
      expect(tf.memory().numTensors).toBe(tensors);
      model.dispose();
    });
  });

  it('finds the best of all texts where the beam holds every beginning', async () => {
    expect.hasAssertions();
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 3 }),
        fc.integer({ min: 1, max: 4 }),
        fc.double({ min: 0, max: 2, noNaN: true }),
        fc.nat(),
        async (possible, maxTokens, lengthPenalty, seed) => {
          const beamWidth = possible ** maxTokens;
          const table = randomTable(beamWidth, seed, 1.5, possible);
          const end = possible - 1;
          const all = everyText(table, [1], end, maxTokens)
            .map(({ tokens, sum }) => ({ tokens, score: plainScore(sum, tokens.length, lengthPenalty) }))
            .sort((a, b) => b.score - a.score);
          const settings = { ...SETTINGS, beamWidth, samples: beamWidth, maxTokens, lengthPenalty };
          const { found } = await search(tableModel(beamWidth, table), [1], end, settings);
          expectSame(found.slice(0, 3), all.slice(0, 3));
        },
      ),
      { numRuns: 60, seed: 1 },
    );
  });

  it('tells log-probabilities that add up to the score, as the whole context gives them', async () => {
    const vocabSize = 6;
    const model = tableModel(vocabSize, randomTable(vocabSize, 5, 2));
    const settings = { ...SETTINGS, beamWidth: 5, samples: 5, lengthPenalty: 0.6, maxTokens: 8 };
    const { found } = await search(model, [2, 0], 5, settings);
    expect(found).toHaveLength(5);
    for (const { tokens, score, logProbability, end } of found) {
      const text = [2, 0];
      let sum = 0;
      for (const token of tokens) {
        const expected = await plainLogProbabilities(model, text);
        expect(token.logProbability).toBeCloseTo(expected[token.id]!, 6);
        expect(token.alternatives[0]!.probability).toBeCloseTo(Math.exp(Math.max(...expected)), 6);
        sum += expected[token.id]!;
        text.push(token.id);
      }
      expect(logProbability).toBeCloseTo(sum, 5);
      expect(score).toBeCloseTo(sum / ((5 + tokens.length) / 6) ** 0.6, 5);
      expect(end?.reason).toBe(tokens.at(-1)!.id === 5 ? 'end-of-text' : 'length');
    }
    const scores = found.map(({ score }) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  });

  it('keeps the model’s own log-probabilities apart from what penalties make of the score', async () => {
    const table = randomTable(6, 8, 2);
    const model = tableModel(6, table);
    const settings = { ...SETTINGS, beamWidth: 3, repetitionPenalty: 2, maxTokens: 5 };
    const { found } = await search(model, [2, 0], 5, settings);
    const tokens = found[0]!.tokens;
    const own = await Promise.all(
      tokens.map(
        async ({ id }, t) => (await plainLogProbabilities(model, [2, 0, ...idsOf(found[0]!).slice(0, t)]))[id]!,
      ),
    );
    tokens.forEach(({ logProbability }, t) => expect(logProbability).toBeCloseTo(own[t]!, 6));
    expect(found[0]!.logProbability).toBeCloseTo(
      own.reduce((a, b) => a + b, 0),
      5,
    );
    expect(found[0]!.score).not.toBeCloseTo(found[0]!.logProbability, 2);
  });

  it.each([1, 2, 3, 4, 5, 6])('of width 1 is greedy writing, table %i', async (seed) => {
    const model = tableModel(7, randomTable(7, seed, 1.5));
    const shared = { maxTokens: 20, repetitionPenalty: seed % 2 ? 1 : 1.5, noRepeatNgram: seed % 3 };
    const { found } = await search(model, [3], 6, { ...SETTINGS, ...shared, lengthPenalty: 1 });
    const greedy: number[] = [];
    const settings = { temperature: 0, topK: 0, topP: 1, samples: 1, seed: 1, ...shared };
    for await (const { id } of writeText(model, Int32Array.of(3), 6, settings, alone)) greedy.push(id);
    expect(found.map(idsOf)).toEqual([greedy]);
  });

  it('stops as soon as nothing that is followed can come among the best, and no sooner', async () => {
    // Token 1 ends a text and is nine times as probable as going on, at every step.
    const model = tableModel(2, () => [Math.log(0.1), Math.log(0.9)]);
    const settings = { ...SETTINGS, beamWidth: 2, samples: 2, maxTokens: 50 };
    const { found } = await search(model, [0], 1, settings);
    expect(found.map(idsOf)).toEqual([[1], [0, 1]]);
    // After two steps 0.9 and 0.09 have ended, and 0.01 is followed: without a length penalty it can only fall.
    expect(model.reads).toBe(2);
    // With one, a text of 50 tokens counts (55 / 6)^α less, so that it must be followed further.
    const patient = tableModel(2, () => [Math.log(0.1), Math.log(0.9)]);
    const long = await search(patient, [0], 1, { ...settings, lengthPenalty: 1 });
    expect(patient.reads).toBeGreaterThan(2);
    const bound = (reads: number): number => (reads * Math.log(0.1)) / lengthPenaltyOf(50, 1);
    const worst = long.found[1]!.score;
    expect(bound(patient.reads)).toBeLessThanOrEqual(worst);
    expect(bound(patient.reads - 1)).toBeGreaterThan(worst);
  });

  it('reports every step: who came from whom, with which score, what was kept and what ended', async () => {
    const table = randomTable(5, 11, 1);
    const settings = { ...SETTINGS, beamWidth: 3, samples: 3, maxTokens: 4, lengthPenalty: 0.6 };
    const { steps, found } = await search(tableModel(5, table), [2], 4, settings);
    const nodes = steps.flatMap(({ nodes }) => nodes);
    const byId = new Map(nodes.map((node) => [node.id, node]));
    expect(nodes.map(({ id }) => id)).toEqual(nodes.map((_, i) => i + 1));
    const pathOf = (id: number): typeof nodes => {
      const node = byId.get(id);
      return node ? [...pathOf(node.parent), node] : [];
    };
    for (const [at, { nodes: level }] of steps.entries()) {
      expect(level.length).toBeLessThanOrEqual(6);
      expect(level.filter(({ kept }) => kept)).toHaveLength(3);
      // The kept ones come first, and no pruned one has a better score.
      expect(level.map(({ score }) => score)).toEqual(level.map(({ score }) => score).toSorted((a, b) => b - a));
      for (const node of level) {
        const path = pathOf(node.id);
        expect(path).toHaveLength(at + 1);
        expect(path.slice(0, -1).every(({ kept, finished }) => kept && finished === null)).toBe(true);
        const sum = path.reduce((total, { logProbability }) => total + logProbability, 0);
        expect(node.score).toBeCloseTo(plainScore(sum, at + 1, 0.6), 5);
        const text = [2, ...path.slice(0, -1).map(({ token }) => token)];
        expect(node.logProbability).toBeCloseTo(logSoftmax([...Float32Array.from(table(text))])[node.token]!, 5);
        const isOver = node.token === 4 ? 'end-of-text' : at === 3 ? 'length' : null;
        expect(node.finished).toBe(node.kept ? isOver : null);
      }
    }
    for (const hypothesis of found) {
      expect(pathOf(hypothesis.node).map(({ token }) => token)).toEqual(idsOf(hypothesis));
      expect(byId.get(hypothesis.node)!.score).toBe(hypothesis.score);
    }
  });

  it('ends a hypothesis at a stop string, also across tokens', async () => {
    const tokenizer = createByteTokenizer();
    const [a, b, c] = [...tokenizer.encode('abc')] as [number, number, number];
    // After a mostly b, after b mostly c, then a again: “bc” comes as two tokens.
    const model = tableModel(tokenizer.vocabSize, (text) => {
      const next = { [a]: b, [b]: c, [c]: a }[text.at(-1) ?? a] ?? a;
      return Array.from({ length: tokenizer.vocabSize }, (_, id) =>
        id === next ? 3 : [a, b, c].includes(id) ? 1 : -9,
      );
    });
    const stop = new StopStrings(tokenizer, ['bc']);
    const settings = { ...SETTINGS, beamWidth: 2, samples: 2, maxTokens: 12, stop };
    const { found } = await search(model, [a], tokenizer.endOfText, settings);
    expect(idsOf(found[0]!)).toEqual([b, c]);
    expect(found[0]!.end).toEqual({ reason: 'stop-string', stop: { text: 'bc', at: 0 } });
    for (const hypothesis of found) {
      const text = tokenizer.decode(idsOf(hypothesis));
      const { end } = hypothesis;
      expect(text.indexOf('bc')).toBe(end?.stop?.at ?? -1);
    }
  });

  it('gives what it has when it is left early, and gives the decoder back', async () => {
    const model = tableModel(5, randomTable(5, 3, 1));
    const searching = searchBeams(
      model,
      Int32Array.of(1),
      -1,
      { ...SETTINGS, beamWidth: 3, samples: 3, maxTokens: 40 },
      alone,
    );
    await searching.next();
    const { value } = await searching.next();
    const step: BeamStep = value;
    expect(step.hypotheses).toHaveLength(3);
    expect(step.hypotheses.every(({ end, tokens }) => end === undefined && tokens.length === 2)).toBe(true);
    expect(model.openDecoders).toBe(1);
    await searching.return(undefined);
    expect(model.openDecoders).toBe(0);
  });

  it.each([
    [8, 1, 'choose 7'],
    [0, 1, 'choose 1'],
    [2.4, 1, 'choose 2'],
    [3, 4, 'choose 3'],
  ])('refuses a width of %f for %i texts with the nearest that will do: %s', async (beamWidth, samples, sentence) => {
    const model = tableModel(7, randomTable(7, 1, 1));
    await expect(search(model, [1], 6, { ...SETTINGS, beamWidth, samples })).rejects.toThrow(sentence);
    expect(model.openDecoders).toBe(0);
  });

  it('starts as after an end-of-text where there is no prompt, and finds nothing where no token is asked for', async () => {
    const model = tableModel(5, randomTable(5, 3, 1));
    const { found } = await search(model, [], 4, { ...SETTINGS, maxTokens: 1 });
    const expected = await plainLogProbabilities(model, [4]);
    expect(idsOf(found[0]!)).toEqual([expected.indexOf(Math.max(...expected))]);
    expect((await search(model, [1], 4, { ...SETTINGS, maxTokens: 0 })).found).toEqual([]);
  });
});

/** Every text that ends with `end` or has the greatest length, with its log-probability. */
function everyText(
  table: (tokens: readonly number[]) => readonly number[],
  prompt: readonly number[],
  end: number,
  maxTokens: number,
): { tokens: number[]; sum: number }[] {
  const grow = (tokens: number[], sum: number): { tokens: number[]; sum: number }[] => {
    if (tokens.at(-1) === end || tokens.length === maxTokens) return [{ tokens, sum }];
    return logSoftmax([...Float32Array.from(table([...prompt, ...tokens]))]).flatMap((value, id) =>
      value === Number.NEGATIVE_INFINITY ? [] : grow([...tokens, id], sum + value),
    );
  };
  return grow([], 0);
}
