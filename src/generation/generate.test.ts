// Writing with a small random model: seeds decide, the cache changes nothing, the context may be overrun,
// and nothing stays on the device however a generation ends.
import { beforeAll, describe, expect, it } from 'vitest';
import { newTestModel } from '../../scripts/testEngine.ts';
import { GPT3_SWITCHES, type ModelConfig } from '../config/runConfig.ts';
import * as tf from '../engine/tf.ts';
import type { LanguageModel } from '../model/languageModel.ts';
import { initialParameters, parameterLayout } from '../model/parameters.ts';
import { writeText, type WritingSettings, type WrittenToken } from './generate.ts';

const VOCABULARY = 14;
const END = VOCABULARY - 1;
const CONTEXT = 8;
/** Tokens read anew when the context is full. */
const KEPT = 6;
const SHAPE: ModelConfig = { ...GPT3_SWITCHES, nLayer: 2, nHead: 2, nEmbd: 16, contextLength: CONTEXT, dropout: 0.5 };
const SETTINGS: WritingSettings = { temperature: 1, topK: 0, topP: 1, maxTokens: 20, samples: 1, seed: 1 };
const GREEDY: WritingSettings = { ...SETTINGS, temperature: 0 };
/** An end-of-text that no token is, so that a text goes on. */
const NEVER = -1;
const PROMPT = Int32Array.of(3, 1, 4);

/** Weights far from zero (gains stay 1), so that the model has opinions. */
function randomModel(vocabSize = VOCABULARY): Promise<LanguageModel & { dispose(): void }> {
  const values = initialParameters(parameterLayout(SHAPE, vocabSize), 5);
  return newTestModel(
    'wasm',
    SHAPE,
    vocabSize,
    values.map((value) => (value === 1 ? 1 : 12 * value)),
  );
}
let model: LanguageModel;
beforeAll(async () => {
  model = await randomModel();
});

const alone = <T>(work: () => Promise<T>): Promise<T> => work();
async function write(settings: WritingSettings, prompt = PROMPT, end = END, writer = model): Promise<WrittenToken[]> {
  const written: WrittenToken[] = [];
  for await (const token of writeText(writer, prompt, end, settings, alone)) written.push(token);
  return written;
}
const idsOf = (written: readonly WrittenToken[], sample = 0): number[] =>
  written.filter((token) => token.sample === sample).map(({ id }) => id);

/** Probabilities of the token after the given ones, from the whole sequence at once. */
async function fullContext(tokens: readonly number[]): Promise<number[]> {
  const logits = await model.logits(Int32Array.from(tokens), tokens.length);
  const last = [...logits.slice((tokens.length - 1) * VOCABULARY)];
  const highest = Math.max(...last);
  const powers = last.map((logit) => Math.exp(logit - highest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

describe('writeText', () => {
  it('gives the same text for the same seed and another for another', async () => {
    const first = await write({ ...SETTINGS, maxTokens: 30 }, PROMPT, NEVER);
    expect(first).toHaveLength(30);
    expect(await write({ ...SETTINGS, maxTokens: 30 }, PROMPT, NEVER)).toEqual(first);
    expect(idsOf(await write({ ...SETTINGS, maxTokens: 30, seed: 2 }, PROMPT, NEVER))).not.toEqual(idsOf(first));
  });

  it('ends a sample at end-of-text, which it shows', async () => {
    const samples = 12;
    const written = await write({ ...SETTINGS, maxTokens: 40, samples });
    const texts = Array.from({ length: samples }, (_, sample) => idsOf(written, sample));
    for (const text of texts) {
      expect(text.slice(0, -1)).not.toContain(END);
      expect(text.at(-1) === END || text.length === 40).toBe(true);
    }
    const lengths = new Set(texts.map(({ length }) => length));
    expect(lengths.size).toBeGreaterThan(2);
    expect(Math.min(...lengths)).toBeLessThan(40);
  });

  it('writes no token after the first where that is the end', async () => {
    const [first] = await write(GREEDY);
    expect(idsOf(await write(GREEDY, PROMPT, first!.id))).toEqual([first!.id]);
  });

  it('chooses greedily what the whole context at once makes most probable, far beyond the context too', async () => {
    const written = await write({ ...GREEDY, maxTokens: 40 }, PROMPT, NEVER);
    expect(written).toHaveLength(40);
    const text = [...PROMPT];
    let window = [...PROMPT];
    for (const { id, probability } of written) {
      if (window.length > CONTEXT) window = text.slice(-KEPT);
      const expected = await fullContext(window);
      expect(id).toBe(expected.indexOf(Math.max(...expected)));
      expect(probability).toBeCloseTo(expected[id]!, 4);
      text.push(id);
      window = [...window, id];
    }
  });

  it('tells a probability between 0 and 1, and ten alternatives, best first', async () => {
    for (const { id, probability, alternatives } of await write(
      { ...SETTINGS, maxTokens: 30, topK: 3 },
      PROMPT,
      NEVER,
    )) {
      expect(probability).toBeGreaterThan(0);
      expect(probability).toBeLessThanOrEqual(1);
      expect(alternatives).toHaveLength(10);
      const values = alternatives.map((alternative) => alternative.probability);
      expect(values).toEqual(values.toSorted((a, b) => b - a));
      expect(values.reduce((sum, value) => sum + value, 0)).toBeLessThanOrEqual(1 + 1e-9);
      expect(new Set(alternatives.map((alternative) => alternative.id)).size).toBe(10);
      // Chosen of the best three, with its probability before that cut.
      const place = alternatives.findIndex((alternative) => alternative.id === id);
      expect(place).toBeLessThan(3);
      expect(values[place]).toBe(probability);
    }
  });

  it('tells probabilities at temperature 1, whatever the temperature', async () => {
    const [cold] = await write({ ...SETTINGS, temperature: 0.2, maxTokens: 1 });
    const expected = await fullContext([...PROMPT]);
    for (const { id, probability } of cold!.alternatives) expect(probability).toBeCloseTo(expected[id]!, 4);
  });

  it('gives a vocabulary of less than ten tokens as alternatives, whole', async () => {
    const small = await randomModel(6);
    const [token] = await write(SETTINGS, Int32Array.of(1), NEVER, small);
    expect(token!.alternatives.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(token!.alternatives.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 6);
    small.dispose();
  });

  it('writes several samples side by side, each its own and as if alone', async () => {
    const four = await write({ ...SETTINGS, maxTokens: 15, samples: 4 }, PROMPT, NEVER);
    expect(four.map(({ sample }) => sample).slice(0, 8)).toEqual([0, 1, 2, 3, 0, 1, 2, 3]);
    const texts = [0, 1, 2, 3].map((sample) => idsOf(four, sample).join(' '));
    expect(new Set(texts).size).toBe(4);
    expect(idsOf(await write({ ...SETTINGS, maxTokens: 15 }, PROMPT, NEVER)).join(' ')).toBe(texts[0]);
    expect(idsOf(await write({ ...SETTINGS, maxTokens: 15, samples: 2 }, PROMPT, NEVER), 1).join(' ')).toBe(texts[1]);
  });

  it('is not disturbed in one sample by the end of another', async () => {
    const settings = { ...SETTINGS, maxTokens: 30, samples: 12 };
    const ending = await write(settings);
    const endless = await write(settings, PROMPT, NEVER);
    for (let sample = 0; sample < 12; sample++) {
      const text = idsOf(endless, sample);
      const end = text.indexOf(END);
      expect(idsOf(ending, sample)).toEqual(end < 0 ? text : text.slice(0, end + 1));
    }
  });

  it('starts as after an end-of-text where there is no prompt', async () => {
    const [token] = await write(GREEDY, new Int32Array());
    const expected = await fullContext([END]);
    expect(token!.id).toBe(expected.indexOf(Math.max(...expected)));
  });

  it('reads the last part of a prompt longer than the context', async () => {
    const long = Int32Array.from({ length: 20 }, (_, i) => (i * 5) % VOCABULARY);
    const [token] = await write(GREEDY, long);
    const expected = await fullContext(Array.from(long.slice(-CONTEXT)));
    expect(token!.probability).toBeCloseTo(Math.max(...expected), 4);
    expect(token!.id).toBe(expected.indexOf(Math.max(...expected)));
  });

  it('writes nothing where no token is asked for', async () => {
    expect(await write({ ...SETTINGS, maxTokens: 0 })).toEqual([]);
  });

  it('uses the device only in its turns', async () => {
    let turns = 0;
    const counted = <T>(work: () => Promise<T>): Promise<T> => {
      turns++;
      return work();
    };
    const writing = writeText(model, PROMPT, NEVER, { ...SETTINGS, maxTokens: 5, samples: 2 }, counted);
    while (!(await writing.next()).done);
    expect(turns).toBe(5);
  });

  it('leaves no tensor behind: at its end, stopped early anywhere, or failing', async () => {
    const before = tf.memory().numTensors;
    await write({ ...SETTINGS, samples: 3 }, PROMPT, NEVER);
    expect(tf.memory().numTensors).toBe(before);
    for (const count of [1, 2, 7, 11]) {
      const writing = writeText(model, PROMPT, NEVER, { ...SETTINGS, samples: 2 }, alone);
      for (let i = 0; i < count; i++) await writing.next();
      expect(tf.memory().numTensors).toBeGreaterThan(before);
      await writing.return(undefined);
      expect(tf.memory().numTensors).toBe(before);
      expect((await writing.next()).done).toBe(true);
    }
    let turns = 0;
    const failing = writeText(model, PROMPT, NEVER, SETTINGS, (work) =>
      ++turns < 4 ? work() : Promise.reject(new Error('The device is gone.')),
    );
    await expect(
      (async () => {
        while (!(await failing.next()).done);
      })(),
    ).rejects.toThrow('The device is gone.');
    expect(tf.memory().numTensors).toBe(before);
  });
});
