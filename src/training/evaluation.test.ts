// The validation loss, and its form in bits per byte.
import { afterEach, describe, expect, it } from 'vitest';
import { newTestModel, noGpuProblems, TEST_ENGINES, type TestEngine } from '../../scripts/testEngine.ts';
import { parameterCount } from '../config/estimate.ts';
import { GPT3_SWITCHES, type ModelConfig } from '../config/runConfig.ts';
import * as tf from '../engine/tf.ts';
import type { Batch } from '../model/languageModel.ts';
import { randomOperand } from '../ops/testing/deviation.ts';
import { float64CrossEntropy, float64Gpt } from '../ops/testing/float64Gpt.ts';
import { Random } from '../random/random.ts';
import { bitsPerByte, validationLoss } from './evaluation.ts';

const CONFIG: ModelConfig = { ...GPT3_SWITCHES, nLayer: 1, nHead: 2, nEmbd: 4, contextLength: 5, dropout: 0.5 };
const VOCAB_SIZE = 7;

describe.each(TEST_ENGINES)('validationLoss on %s', { timeout: 60_000 }, (engine) => {
  afterEach(noGpuProblems);

  it('is the mean over all tokens of unequal batches, without dropout, and keeps no tensor', async () => {
    const { values } = randomOperand(new Random(41), [parameterCount(CONFIG, VOCAB_SIZE)], 0.5);
    const model = await newTestModel(engine, CONFIG, VOCAB_SIZE, values);
    const random = new Random(42);
    const draw = (length: number) => Int32Array.from({ length }, () => random.integer(VOCAB_SIZE));
    const batches: Batch[] = [
      { inputs: draw(10), targets: draw(10), contextLength: 5 },
      { inputs: draw(3), targets: draw(3), contextLength: 3 },
    ];
    const sum = batches.reduce((total, { inputs, targets, contextLength }) => {
      const { logits } = float64Gpt({ ...CONFIG, vocabSize: VOCAB_SIZE }, values, inputs, contextLength);
      return total + targets.length * float64CrossEntropy(logits, targets);
    }, 0);
    const tensors = tf.memory().numTensors;
    let turns = 0;
    const loss = await validationLoss(model, batches, async () => {
      turns++;
    });
    expect(Math.abs(loss - sum / 13)).toBeLessThan(1e-5);
    expect(turns).toBe(2);
    expect(tf.memory().numTensors).toBe(tensors);
    model.dispose();
  });
});

/** Batches of unequal lengths, and a model that knows nothing special. */
async function modelOf(engine: TestEngine, switches: Partial<ModelConfig>) {
  const config = { ...CONFIG, ...switches };
  const { values } = randomOperand(new Random(41), [parameterCount(config, VOCAB_SIZE)], 0.5);
  return newTestModel(engine, config, VOCAB_SIZE, values);
}

describe.each(TEST_ENGINES)('a model that would see its answers on %s', { timeout: 60_000 }, (engine) => {
  afterEach(noGpuProblems);

  it('is asked at the ends of windows, each of which weighs the same', async () => {
    const model = await modelOf(engine, { causal: false });
    const once = await modelOf(engine, { causal: false, prediction: 'last' });
    const random = new Random(43);
    const draw = (length: number) => Int32Array.from({ length }, () => random.integer(VOCAB_SIZE));
    const batches: Batch[] = [
      { inputs: draw(10), targets: draw(10), contextLength: 5 },
      { inputs: draw(3), targets: draw(3), contextLength: 3 },
    ];
    const [first = 0, second = 0] = await once.losses(batches);
    const loss = await validationLoss(model, batches, async () => {});
    expect(loss).toBeCloseTo((2 * first + second) / 3, 6);
    // Everywhere, it would be another.
    const [everywhere = 0] = await model.losses(batches);
    expect(Math.abs(everywhere - first)).toBeGreaterThan(1e-3);
    model.dispose();
    once.dispose();
  });
});

describe('bitsPerByte', () => {
  it('is log2 V over the bytes of a token for a guess', () => {
    expect(bitsPerByte(Math.log(256), 1000, 1000)).toBeCloseTo(8, 12);
    expect(bitsPerByte(Math.log(1024), 1000, 4000)).toBeCloseTo(2.5, 12);
    expect(bitsPerByte(Math.LN2, 3, 2)).toBeCloseTo(1.5, 12);
  });
});
