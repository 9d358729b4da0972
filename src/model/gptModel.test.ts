// What a model gives, on every backend: shapes, first loss, logits that never look ahead, attention, and decoding from
// a cache. Its gradients are `gradient.test.ts`.
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { TEST_BACKENDS, useBackend, type TestBackend } from '../../scripts/testBackend.ts';
import { parameterCount } from '../config/estimate.ts';
import type { ModelConfig } from '../config/runConfig.ts';
import * as tf from '../engine/tf.ts';
import { largestDeviation, randomOperand } from '../ops/testing/deviation.ts';
import { float64Gpt } from '../ops/testing/float64Gpt.ts';
import { Random } from '../random/random.ts';
import { DecodingCache, GptModel } from './gptModel.ts';
import { initialParameters } from './parameters.ts';

const CONFIG: ModelConfig = { nLayer: 2, nHead: 2, nEmbd: 8, contextLength: 6, dropout: 0.3 };
const VOCAB_SIZE = 11;

/** A model whose parameters are far from their first values, so that all parts of it matter; and them. */
function livelyModel(): { model: GptModel; parameters: Float64Array } {
  const model = new GptModel(CONFIG, VOCAB_SIZE);
  const { values: parameters } = randomOperand(new Random(21), [model.parameterCount], 0.4);
  const flat = tf.tensor1d(Float32Array.from(parameters));
  model.use(flat);
  flat.dispose();
  return { model, parameters };
}

const ids = (...values: number[]): Int32Array => Int32Array.from(values);
const randomIds = (length: number, seed: number): Int32Array => {
  const random = new Random(22, seed);
  return Int32Array.from({ length }, () => random.integer(VOCAB_SIZE));
};

async function numbersOf(tensor: tf.Tensor): Promise<Float32Array> {
  const values = (await tensor.data<'float32'>()).slice();
  tensor.dispose();
  return values;
}

/** Software WebGPU compiles and runs slowly: a few draws there, many elsewhere. */
const draws = (backend: TestBackend): number => (backend === 'webgpu' ? 3 : 40);

describe('a new model', () => {
  beforeAll(() => useBackend('wasm'));

  it.each([
    { nLayer: 2, nEmbd: 64, vocabSize: 512 },
    { nLayer: 4, nEmbd: 32, vocabSize: 65 },
    { nLayer: 1, nEmbd: 4, vocabSize: 2 },
  ])('of $nLayer layers × $nEmbd is as unsure as a guess among $vocabSize', async ({ nLayer, nEmbd, vocabSize }) => {
    const config = { nLayer, nEmbd, nHead: 2, contextLength: 16, dropout: 0 };
    const model = new GptModel(config, vocabSize);
    expect(model.parameterCount).toBe(parameterCount(config, vocabSize));
    const flat = tf.tensor1d(initialParameters(model.specs, 1));
    model.use(flat);
    const random = new Random(23);
    const inputs = Int32Array.from({ length: 64 }, () => random.integer(vocabSize));
    const targets = Int32Array.from({ length: 64 }, () => random.integer(vocabSize));
    const [loss] = await numbersOf(model.loss({ inputs, targets, contextLength: 16 }));
    expect(Math.abs((loss ?? Number.NaN) - Math.log(vocabSize))).toBeLessThan(0.05);
    tf.dispose(flat);
    model.dispose();
  });
});

describe.each(TEST_BACKENDS)('a model on %s', (backend) => {
  let model: GptModel;
  let parameters: Float64Array;
  beforeAll(async () => {
    await useBackend(backend);
    ({ model, parameters } = livelyModel());
  });
  const shape = { ...CONFIG, vocabSize: VOCAB_SIZE };

  it('gives a loss, a flat gradient and logits of their shapes', async () => {
    const batch = { inputs: randomIds(8, 1), targets: randomIds(8, 2), contextLength: 4 };
    const { loss, gradient } = model.lossAndGradient(batch, 1);
    const logits = model.logits(batch.inputs, 4);
    expect([loss.shape, gradient.shape, logits.shape]).toEqual([[], [model.parameterCount], [8, VOCAB_SIZE]]);
    expect((await numbersOf(gradient)).every((value) => Number.isFinite(value))).toBe(true);
    tf.dispose([loss, logits]);
  });

  it.each([1, 4, 6])('gives the logits of plain loops for %i tokens', async (length) => {
    const tokens = randomIds(2 * length, length);
    const logits = await numbersOf(model.logits(tokens, length));
    expect(largestDeviation(logits, float64Gpt(shape, parameters, tokens, length).logits)).toBeLessThan(1e-5);
  });

  it('never changes logits before the token that changes, and does change those from it on', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(VOCAB_SIZE - 1), { minLength: 6, maxLength: 6 }),
        fc.nat(5),
        fc.integer({ min: 1, max: VOCAB_SIZE - 1 }),
        async (tokens, place, shift) => {
          const others = tokens.map((id, t) => (t === place ? (id + shift) % VOCAB_SIZE : id));
          const before = await numbersOf(model.logits(ids(...tokens), 6));
          const after = await numbersOf(model.logits(ids(...others), 6));
          const edge = place * VOCAB_SIZE;
          expect(after.slice(0, edge)).toEqual(before.slice(0, edge));
          expect(after.slice(edge, edge + VOCAB_SIZE)).not.toEqual(before.slice(edge, edge + VOCAB_SIZE));
        },
      ),
      { numRuns: draws(backend), seed: 1 },
    );
  });

  it.each([1, 5, 6])(
    'has attention rows that sum to 1 and never look ahead, in every layer, for %i tokens',
    async (t) => {
      const tokens = randomIds(t, t);
      const expected = float64Gpt(shape, parameters, tokens, t).attention;
      for (let layer = 0; layer < CONFIG.nLayer; layer++) {
        const tensor = model.attentionOf(tokens, layer);
        expect(tensor.shape).toEqual([CONFIG.nHead, t, t]);
        const weights = await numbersOf(tensor);
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

  it('has no attention for a layer that is not there', () => {
    const before = tf.memory().numTensors;
    expect(() => model.attentionOf(ids(1, 2), CONFIG.nLayer)).toThrow(RangeError);
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([[[6]], [[1, 1, 1, 1, 1, 1]], [[2, 1, 3]], [[3, 3]]])(
    'decodes two sequences in pieces of %j as it reads them whole',
    async (pieces) => {
      const length = 6;
      const sequences = [randomIds(length, 31), randomIds(length, 32)];
      const whole = await numbersOf(model.logits(ids(...sequences.flatMap((tokens) => [...tokens])), length));
      const tensors = tf.memory().numTensors;
      const cache = new DecodingCache();
      for (const piece of pieces) {
        const fresh = sequences.flatMap((tokens) => Array.from(tokens.slice(cache.length, cache.length + piece)));
        const logits = model.decode(ids(...fresh), 2, cache);
        expect(logits.shape).toEqual([2, VOCAB_SIZE]);
        const rows = [0, 1].flatMap((sequence) => {
          const row = sequence * length + cache.length - 1;
          return Array.from(whole.slice(row * VOCAB_SIZE, (row + 1) * VOCAB_SIZE));
        });
        expect(largestDeviation(await numbersOf(logits), rows)).toBeLessThan(1e-5);
      }
      expect(cache.length).toBe(length);
      expect(() => model.decode(ids(1, 2), 2, cache)).toThrow(RangeError);
      cache.dispose();
      expect(tf.memory().numTensors).toBe(tensors);
    },
  );
});
