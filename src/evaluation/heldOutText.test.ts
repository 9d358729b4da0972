// The held-out part predicted by real models on every engine, against float64; and by a model with one prediction a window.
import { afterEach, describe, expect, it } from 'vitest';
import { newTestModel, noGpuProblems, TEST_ENGINES } from '../../scripts/testEngine.ts';
import { parameterCount } from '../config/estimate.ts';
import { GPT3_SWITCHES, type ModelConfig } from '../config/runConfig.ts';
import { validationBatches } from '../data/batches.ts';
import * as tf from '../engine/tf.ts';
import { randomOperand } from '../ops/testing/deviation.ts';
import { float64CrossEntropy, float64Gpt } from '../ops/testing/float64Gpt.ts';
import { Random } from '../random/random.ts';
import { measureHeldOut, type HeldOutRequest } from './heldOutText.ts';
import { indexOfHighest } from '../ops/tokenChoice/drawToken.ts';
import { scriptedModel } from './scriptedModel.ts';

const CONFIG: ModelConfig = { ...GPT3_SWITCHES, nLayer: 1, nHead: 2, nEmbd: 4, contextLength: 6, dropout: 0.5 };
const VOCAB_SIZE = 11;
const random = new Random(3);
const draw = (length: number) => Uint16Array.from({ length }, () => random.integer(VOCAB_SIZE));
const DATASET = { train: draw(500), validation: draw(100) };
const request = (changes: Partial<HeldOutRequest> = {}): HeldOutRequest => ({
  tokens: 1000,
  maxTensorBytes: 2 ** 30,
  bytesOf: () => 2,
  exclusive: (work) => work(),
  onProgress: () => {},
  ...changes,
});

describe.each(TEST_ENGINES)('measureHeldOut on %s', { timeout: 60_000 }, (engine) => {
  afterEach(noGpuProblems);

  it('agrees with float64 over every whole window, and keeps no tensor', async () => {
    const { values } = randomOperand(new Random(41), [parameterCount(CONFIG, VOCAB_SIZE)], 0.5);
    const model = await newTestModel(engine, CONFIG, VOCAB_SIZE, values);
    const tensors = tf.memory().numTensors;
    let turns = 0;
    const report = await measureHeldOut(
      model,
      DATASET,
      request({
        exclusive: (work) => {
          turns++;
          return work();
        },
      }),
    );
    expect(tf.memory().numTensors).toBe(tensors);
    model.dispose();

    // 16 windows of 6 tokens; 100 tokens have 99 that follow one.
    const [batch, ...more] = validationBatches(DATASET, 6, 16, 16);
    expect(more).toEqual([]);
    const { logits } = float64Gpt({ ...CONFIG, vocabSize: VOCAB_SIZE }, values, batch!.inputs, 6);
    const loss = float64CrossEntropy(logits, batch!.targets);
    const right = [...batch!.targets].filter(
      (target, row) => indexOfHighest(logits.slice(row * VOCAB_SIZE, (row + 1) * VOCAB_SIZE)) === target,
    ).length;
    expect(report).toMatchObject({ predictions: 96, validationTokens: 100, windowLength: 6, top1: right / 96 });
    expect(Math.abs(report.loss - loss)).toBeLessThan(1e-5);
    expect(report.bitsPerByte).toBeCloseTo(report.loss / Math.LN2 / 2, 9);
    expect(turns).toBe(1);
  });

  it('asks a model that would see its answers at the ends of windows, and says so', async () => {
    const config = { ...CONFIG, causal: false };
    const { values } = randomOperand(new Random(41), [parameterCount(config, VOCAB_SIZE)], 0.5);
    const model = await newTestModel(engine, config, VOCAB_SIZE, values);
    const once = await newTestModel(engine, { ...config, prediction: 'last' }, VOCAB_SIZE, values);
    const report = await measureHeldOut(model, DATASET, request());
    const [loss = 0] = await once.losses(validationBatches(DATASET, 6, 16, 16));
    expect(report).toMatchObject({ predictions: 16, windowLength: 6 });
    expect(report.loss).toBeCloseTo(loss, 5);
    expect(report.whyAtEnds).toContain('Without a mask');
    model.dispose();
    once.dispose();
  });
});

describe('measureHeldOut', () => {
  /** Predicts for every token that the next id follows. */
  const followed = (ids: readonly number[]): number => ((ids.at(-1) ?? 0) + 1) % VOCAB_SIZE;
  const model = scriptedModel(CONFIG, VOCAB_SIZE, followed);
  const cyclic = Uint16Array.from({ length: 100 }, (_, i) => i % VOCAB_SIZE);

  it('knows a model that is always right', async () => {
    const shares: number[] = [];
    const onProgress = (share: number) => void shares.push(share);
    const report = await measureHeldOut(model, { train: cyclic, validation: cyclic }, request({ onProgress }));
    expect(report).toMatchObject({ predictions: 96, top1: 1, top5: 1 });
    expect(report).not.toHaveProperty('whyAtEnds');
    expect(report.loss).toBeLessThan(0.01);
    expect(report.calibration[9]).toMatchObject({ predictions: 96, accuracy: 1 });
    expect([shares[0], shares.at(-1)]).toEqual([0, 1]);
  });

  it('asks a model with one prediction a window for the token after it', async () => {
    const perWindow = scriptedModel({ ...model.config, prediction: 'last' }, VOCAB_SIZE, followed);
    const report = await measureHeldOut(perWindow, { train: cyclic, validation: cyclic }, request());
    expect(report).toMatchObject({ predictions: 16, top1: 1 });
    expect(report.whyAtEnds).toContain('once per window');
    const other = { ...perWindow, logits: async () => new Float32Array(3 * VOCAB_SIZE) };
    await expect(measureHeldOut(other, { train: cyclic, validation: cyclic }, request())).rejects.toThrow(RangeError);
  });

  it('reads no more tokens than asked, at least one window, and shorter ones where the device demands it', async () => {
    const measure = (changes: Partial<HeldOutRequest>) =>
      measureHeldOut(model, { train: cyclic, validation: cyclic }, request(changes));
    expect(await measure({ tokens: 30 })).toMatchObject({ predictions: 30 });
    expect(await measure({ tokens: 35 })).toMatchObject({ predictions: 30 });
    expect(await measure({ tokens: 1 })).toMatchObject({ predictions: 6 });
    expect(await measure({ maxTensorBytes: 4 * VOCAB_SIZE * 4 + 3 })).toMatchObject({
      windowLength: 4,
      predictions: 96,
    });
  });

  it('reads every window, those of an incomplete last batch too', async () => {
    const validation = Int32Array.from({ length: 51 * 6 + 4 }, (_, i) => i % VOCAB_SIZE);
    const given: number[] = [];
    const counting = {
      ...model,
      logits: (ids: Int32Array, ...rest: [number]) => {
        given.push(ids.length / 6);
        return model.logits(ids, ...rest);
      },
    };
    const report = await measureHeldOut(counting, { train: cyclic, validation }, request({ tokens: 1_000_000 }));
    expect(report).toMatchObject({ predictions: 51 * 6, windowLength: 6 });
    expect(given).toEqual([32, 19]);
  });

  it('ends when the device is no longer lent', async () => {
    const exclusive = () => Promise.reject(new Error('cancelled'));
    await expect(measureHeldOut(model, DATASET, request({ exclusive }))).rejects.toThrow('cancelled');
  });
});
