// What a model gives, whichever way it runs: first loss, logits that never look ahead, attention, and decoding from a
// cache. Its gradients are `gradient.test.ts`.
import fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { newTestModel, noGpuProblems, TEST_ENGINES, testPlans, type TestEngine } from '../../scripts/testEngine.ts';
import { parameterCount } from '../config/estimate.ts';
import { GPT3_SWITCHES, type ModelConfig } from '../config/runConfig.ts';
import * as tf from '../engine/tf.ts';
import { largestDeviation, randomOperand } from '../ops/testing/deviation.ts';
import { float64CrossEntropy, float64Gpt } from '../ops/testing/float64Gpt.ts';
import { Random } from '../random/random.ts';
import { TooManySequencesError, type LanguageModel } from './languageModel.ts';
import { initialParameters, parameterLayout } from './parameters.ts';

const CONFIG: ModelConfig = { ...GPT3_SWITCHES, nLayer: 2, nHead: 2, nEmbd: 8, contextLength: 20, dropout: 0.3 };
const VOCAB_SIZE = 11;
/** Far from the first values, so that all parts of the model matter. */
const { values: PARAMETERS } = randomOperand(new Random(21), [parameterCount(CONFIG, VOCAB_SIZE)], 0.4);
const SHAPE = { ...CONFIG, vocabSize: VOCAB_SIZE };

const ids = (...values: number[]): Int32Array => Int32Array.from(values);
const randomIds = (length: number, seed: number): Int32Array => {
  const random = new Random(22, seed);
  return Int32Array.from({ length }, () => random.integer(VOCAB_SIZE));
};

/** An emulated GPU runs slowly: a few draws there, many elsewhere. */
const draws = (engine: TestEngine): number => (engine === 'plan' ? 6 : 40);

afterEach(noGpuProblems);

describe('a new model', () => {
  it.each([
    { nLayer: 2, nEmbd: 64, vocabSize: 512 },
    { nLayer: 4, nEmbd: 32, vocabSize: 65 },
    { nLayer: 1, nEmbd: 4, vocabSize: 2 },
  ])('of $nLayer layers × $nEmbd is as unsure as a guess among $vocabSize', async ({ nLayer, nEmbd, vocabSize }) => {
    const config = { ...GPT3_SWITCHES, nLayer, nEmbd, nHead: 2, contextLength: 16, dropout: 0 };
    const first = initialParameters(parameterLayout(config, vocabSize), 1);
    const model = await newTestModel('wasm', config, vocabSize, first);
    expect(model.parameterCount).toBe(parameterCount(config, vocabSize));
    const random = new Random(23);
    const inputs = Int32Array.from({ length: 64 }, () => random.integer(vocabSize));
    const targets = Int32Array.from({ length: 64 }, () => random.integer(vocabSize));
    const [loss = Number.NaN] = await model.losses([{ inputs, targets, contextLength: 16 }]);
    expect(Math.abs(loss - Math.log(vocabSize))).toBeLessThan(0.05);
    model.dispose();
  });
});

describe.each(TEST_ENGINES)('a model on %s', { timeout: 120_000 }, (engine) => {
  let model: LanguageModel;
  beforeAll(async () => {
    model = await newTestModel(engine, CONFIG, VOCAB_SIZE, PARAMETERS);
  });

  it.each([1, 4, 6])('gives the logits of plain loops for %i tokens', async (length) => {
    const tokens = randomIds(2 * length, length);
    const logits = await model.logits(tokens, length);
    expect(largestDeviation(logits, float64Gpt(SHAPE, PARAMETERS, tokens, length).logits)).toBeLessThan(1e-5);
  });

  it('gives the losses of plain loops, one per batch', async () => {
    const batches = [1, 2, 3].map((seed) => ({
      inputs: randomIds(8, seed),
      targets: randomIds(8, seed + 10),
      contextLength: 4,
    }));
    const losses = await model.losses(batches);
    const expected = batches.map(({ inputs, targets }) =>
      float64CrossEntropy(float64Gpt(SHAPE, PARAMETERS, inputs, 4).logits, targets),
    );
    expect(largestDeviation(losses, expected)).toBeLessThan(1e-5);
  });

  it('never changes logits before the token that changes, and does change those from it on', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(VOCAB_SIZE - 1), { minLength: 6, maxLength: 6 }),
        fc.nat(5),
        fc.integer({ min: 1, max: VOCAB_SIZE - 1 }),
        async (tokens, place, shift) => {
          const others = tokens.map((id, t) => (t === place ? (id + shift) % VOCAB_SIZE : id));
          const before = await model.logits(ids(...tokens), 6);
          const after = await model.logits(ids(...others), 6);
          const edge = place * VOCAB_SIZE;
          expect(after.slice(0, edge)).toEqual(before.slice(0, edge));
          expect(after.slice(edge, edge + VOCAB_SIZE)).not.toEqual(before.slice(edge, edge + VOCAB_SIZE));
        },
      ),
      { numRuns: draws(engine), seed: 1 },
    );
  });

  it.each([1, 5, 20])(
    'has attention rows that sum to 1 and never look ahead, in every layer, for %i tokens',
    async (t) => {
      const tokens = randomIds(t, t);
      const expected = float64Gpt(SHAPE, PARAMETERS, tokens, t).attention;
      for (let layer = 0; layer < CONFIG.nLayer; layer++) {
        const weights = await model.attentionWeights(tokens, layer);
        expect(weights.length).toBe(CONFIG.nHead * t * t);
        for (let row = 0; row < CONFIG.nHead * t; row++) {
          const own = weights.slice(row * t, (row + 1) * t);
          expect(Math.abs(own.reduce((a, b) => a + b, 0) - 1)).toBeLessThan(1e-6);
          expect(own.every((weight) => weight >= 0)).toBe(true);
          expect(own.slice((row % t) + 1).every((weight) => weight === 0)).toBe(true);
        }
        expect(largestDeviation(weights, expected[layer] ?? [])).toBeLessThan(1e-5);
      }
    },
  );

  it('has no attention for a layer that is not there', async () => {
    const before = tf.memory().numTensors;
    await expect(model.attentionWeights(ids(1, 2), CONFIG.nLayer)).rejects.toThrow(RangeError);
    expect(tf.memory().numTensors).toBe(before);
  });

  // Pieces of 16 are read at once in a plan, shorter ones as part of such a piece or token by token.
  it.each([[[20]], [[1, 1, 1, 17]], [[2, 1, 16, 1]], [[3, 3, 3]]])(
    'decodes two sequences in pieces of %j as it reads them whole',
    async (pieces) => {
      const length = 20;
      const sequences = [randomIds(length, 31), randomIds(length, 32)];
      const whole = await model.logits(ids(...sequences.flatMap((tokens) => [...tokens])), length);
      const tensors = tf.memory().numTensors;
      const decoder = await model.newDecoder(2);
      for (const round of [1, 2]) {
        for (const piece of pieces) {
          const start = decoder.length;
          const rows = await decoder.read(sequences.map((tokens) => [...tokens.slice(start, start + piece)]));
          expect(rows.map((row) => row.length)).toEqual([VOCAB_SIZE, VOCAB_SIZE]);
          const expected = [0, 1].flatMap((sequence) => {
            const row = sequence * length + start + piece - 1;
            return Array.from(whole.slice(row * VOCAB_SIZE, (row + 1) * VOCAB_SIZE));
          });
          expect(
            largestDeviation(
              rows.flatMap((row) => [...row]),
              expected,
            ),
            `round ${round}`,
          ).toBeLessThan(1e-5);
        }
        // What was read before is forgotten.
        decoder.reset();
        expect(decoder.length).toBe(0);
      }
      decoder.dispose();
      expect(tf.memory().numTensors).toBe(tensors);
    },
  );

  it('refuses to read beyond the context, nothing, or sequences of different lengths', async () => {
    const decoder = await model.newDecoder(2);
    const twenty = [...randomIds(20, 1)];
    await expect(
      decoder.read([
        [...twenty, 1],
        [...twenty, 1],
      ]),
    ).rejects.toThrow(RangeError);
    await expect(decoder.read([[], []])).rejects.toThrow(RangeError);
    await expect(decoder.read([[1], [1, 2]])).rejects.toThrow(RangeError);
    expect(decoder.length).toBe(0);
    decoder.dispose();
  });

  // Swapped, all from one, some in place; then on, with padding where a sequence has ended.
  it.each([[[1, 2, 0]], [[2, 2, 2]], [[0, 0, 2]], [[2, 1, 0]], [[0, 1, 2]]])(
    'goes on from parents %j exactly as if it had read what they have',
    async (parents) => {
      const [before, after] = [18, 2];
      const starts = [51, 52, 53].map((seed) => [...randomIds(before, seed)]);
      const ends = [61, 62, 63].map((seed) => [...randomIds(after, seed)]);
      const tensors = tf.memory().numTensors;
      const branching = await model.newDecoder(3);
      const straight = await model.newDecoder(3);
      await branching.read(starts);
      await branching.reorder(parents);
      expect(branching.length).toBe(before);
      await straight.read(parents.map((parent) => starts[parent] ?? []));
      for (let t = 0; t < after; t++) {
        const next = ends.map((end) => end.slice(t, t + 1));
        // Bit by bit: the same numbers in another place.
        expect(await branching.read(next)).toEqual(await straight.read(next));
      }
      branching.dispose();
      straight.dispose();
      expect(tf.memory().numTensors).toBe(tensors);
    },
  );

  it('changes places again and again, before anything is read too', async () => {
    const decoder = await model.newDecoder(2);
    await decoder.reorder([1, 0]);
    expect(decoder.length).toBe(0);
    const texts = [[1], [2]];
    let rows = await decoder.read(texts);
    for (const [parents, next] of [
      [
        [1, 0],
        [3, 4],
      ],
      [
        [1, 1],
        [5, 6],
      ],
      [
        [0, 1],
        [7, 8],
      ],
      [
        [1, 0],
        [9, 10],
      ],
    ] as const) {
      await decoder.reorder(parents);
      rows = await decoder.read(next.map((id) => [id]));
      const [a, b] = parents.map((parent, i) => [...(texts[parent] ?? []), next[i] ?? 0]);
      texts.splice(0, 2, a ?? [], b ?? []);
    }
    for (const [i, text] of texts.entries()) {
      const whole = await model.logits(Int32Array.from(text), text.length);
      expect(largestDeviation(rows[i] ?? [], whole.slice((text.length - 1) * VOCAB_SIZE))).toBeLessThan(1e-5);
    }
    decoder.dispose();
  });

  it.each([[[0]], [[0, 1, 1]], [[0, 2]], [[-1, 0]], [[0.5, 0]]])(
    'refuses parents %j of two sequences',
    async (parents) => {
      const decoder = await model.newDecoder(2);
      await decoder.read([[1], [2]]);
      await expect(decoder.reorder(parents)).rejects.toThrow(RangeError);
      expect(decoder.length).toBe(1);
      decoder.dispose();
    },
  );

  it('keeps what decoders need for a while, and gives back what was not used for long', async () => {
    const readOne = async (samples: number): Promise<Float32Array[]> => {
      const decoder = await model.newDecoder(samples);
      const rows = await decoder.read(Array.from({ length: samples }, (_, i) => [i]));
      decoder.dispose();
      return rows;
    };
    const first = await readOne(1);
    // More numbers of samples than are kept.
    for (const samples of [2, 3, 4, 5]) expect((await readOne(samples))[0]).toEqual(first[0]);
    expect(await readOne(1)).toEqual(first);
  });

  it('lets two decoders read side by side', async () => {
    const [one, two] = [await model.newDecoder(1), await model.newDecoder(1)];
    const [a, b] = [randomIds(4, 41), randomIds(4, 42)];
    const together: number[] = [];
    for (let t = 0; t < 4; t++) {
      const [row] = await one.read([[a[t] ?? 0]]);
      await two.read([[b[t] ?? 0]]);
      if (t === 3) together.push(...(row ?? []));
    }
    const alone = (await model.logits(a, 4)).slice(3 * VOCAB_SIZE);
    expect(largestDeviation(together, alone)).toBeLessThan(1e-5);
    one.dispose();
    two.dispose();
  });
});

it('says how many sequences a GPU can hold at once', async () => {
  const model = await newTestModel('plan', CONFIG, VOCAB_SIZE, PARAMETERS);
  const { maxBufferSize, maxStorageBufferBindingSize } = (await testPlans()).device.limits;
  // Keys and values of 20 tokens of width 8, in one layer.
  const most = Math.floor(Math.min(maxBufferSize, maxStorageBufferBindingSize) / (4 * 20 * 16));
  await expect(model.newDecoder(most + 1)).rejects.toThrow(TooManySequencesError);
  await expect(model.newDecoder(most + 1)).rejects.toThrow(`at most ${most}.`);
  model.dispose();
});
