// The whole model's loss and gradient against finite differences of a decoder in plain double-precision loops that
// shares no code with it, on every backend; without and with dropout.
import { beforeAll, describe, expect, it } from 'vitest';
import { TEST_BACKENDS, useBackend } from '../../scripts/testBackend.ts';
import type { ModelConfig } from '../config/runConfig.ts';
import * as tf from '../engine/tf.ts';
import { dropoutMask } from '../ops/dropout/dropoutMask.ts';
import { differenceGradient, largestDeviation, randomOperand } from '../ops/testing/deviation.ts';
import {
  float64CrossEntropy,
  float64Gpt,
  float64Layout,
  type Float64Masks,
  type Float64Shape,
} from '../ops/testing/float64Gpt.ts';
import { Random } from '../random/random.ts';
import { dropoutSite } from './gpt.ts';
import { GptModel, type Batch } from './gptModel.ts';

const BATCH = 2;
const LENGTH = 6;
const SHAPE: Float64Shape = { nLayer: 2, nHead: 2, nEmbd: 8, contextLength: LENGTH, vocabSize: 11 };
const DROPOUT = 0.25;
const DROPOUT_KEY = 12345;
const CASES = [
  { name: 'without dropout', rate: 0 },
  { name: 'with dropout', rate: DROPOUT },
];

/** Far from the first values, so that no group's gradient is small: gains around 1, all else around 0. */
function livelyParameters(): Float64Array {
  const random = new Random(31);
  return Float64Array.from(
    float64Layout(SHAPE).flatMap(([name, size]) => [
      ...randomOperand(random, [size], 0.3, name.endsWith('Gain') ? 1 : 0).values,
    ]),
  );
}

function someBatch(): Batch {
  const random = new Random(32);
  const draw = (): Int32Array => Int32Array.from({ length: BATCH * LENGTH }, () => random.integer(SHAPE.vocabSize));
  return { inputs: draw(), targets: draw(), contextLength: LENGTH };
}

/** The masks that a step with this key uses: after the embedding, in attention and before both residual sums. */
async function masksOf(rate: number): Promise<Float64Masks> {
  const rows = BATCH * LENGTH;
  const mask = async (layer: number, site: number, shape: number[]): Promise<Float64Array> => {
    const tensor = dropoutMask(shape, rate, dropoutSite(DROPOUT_KEY, layer, site));
    const values = Float64Array.from(await tensor.data());
    tensor.dispose();
    return values;
  };
  const perLayer = (site: number, shape: number[]): Promise<Float64Array[]> =>
    Promise.all(Array.from({ length: SHAPE.nLayer }, (_, layer) => mask(layer, site, shape)));
  return {
    embedding: await mask(-1, 0, [rows, SHAPE.nEmbd]),
    attention: await perLayer(0, [BATCH, SHAPE.nHead, LENGTH, LENGTH]),
    mixed: await perLayer(1, [rows, SHAPE.nEmbd]),
    contracted: await perLayer(2, [rows, SHAPE.nEmbd]),
  };
}

interface Measured {
  readonly loss: number;
  readonly gradient: ArrayLike<number>;
}

const parameters = livelyParameters();
const batch = someBatch();

async function expectation(rate: number): Promise<Measured> {
  const masks = rate > 0 ? await masksOf(rate) : undefined;
  const lossOf = (p: Float64Array): number =>
    float64CrossEntropy(float64Gpt(SHAPE, p, batch.inputs, LENGTH, masks).logits, batch.targets);
  return { loss: lossOf(parameters), gradient: differenceGradient(lossOf, parameters) };
}

async function measure(rate: number): Promise<Measured> {
  const config: ModelConfig = { ...SHAPE, dropout: rate };
  const model = new GptModel(config, SHAPE.vocabSize);
  const flat = tf.tensor1d(Float32Array.from(parameters));
  model.use(flat);
  const { loss, gradient } = model.lossAndGradient(batch, DROPOUT_KEY);
  const result = { loss: (await loss.data())[0] ?? Number.NaN, gradient: (await gradient.data()).slice() };
  tf.dispose([flat, loss, gradient]);
  model.dispose();
  return result;
}

/** Deviation of each parameter's gradient, relative to the largest entry expected in it. */
function expectSameGradients(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  let offset = 0;
  for (const [name, size] of float64Layout(SHAPE)) {
    const part = (values: ArrayLike<number>): number[] => Array.from(values).slice(offset, offset + size);
    // A group that hardly matters would prove nothing.
    expect(Math.max(...part(expected).map(Math.abs)), name).toBeGreaterThan(1e-3);
    expect(largestDeviation(part(actual), part(expected)), name).toBeLessThan(tolerance);
    offset += size;
  }
  expect(offset).toBe(expected.length);
}

describe.each(CASES)('loss and gradient $name', ({ rate }) => {
  let expected: Measured;
  let onCpu: Measured;
  beforeAll(async () => {
    await useBackend('cpu');
    expected = await expectation(rate);
    onCpu = await measure(rate);
  });

  it.each(TEST_BACKENDS)('are those of plain loops, and to four digits those of the CPU, on %s', async (backend) => {
    await useBackend(backend);
    const measured = await measure(rate);
    expect(Math.abs(measured.loss - expected.loss)).toBeLessThan(1e-5);
    expectSameGradients(measured.gradient, expected.gradient, 1e-4);
    expect(Math.abs(measured.loss - onCpu.loss)).toBeLessThan(1e-5);
    expectSameGradients(measured.gradient, onCpu.gradient, 1e-4);
  });

  it('changes with another dropout key only if something is dropped', async () => {
    await useBackend('cpu');
    const model = new GptModel({ ...SHAPE, dropout: rate }, SHAPE.vocabSize);
    const flat = tf.tensor1d(Float32Array.from(parameters));
    model.use(flat);
    const { loss, gradient } = model.lossAndGradient(batch, DROPOUT_KEY + 1);
    const [value = Number.NaN] = await loss.data();
    expect(Math.abs(value - onCpu.loss) > 1e-4).toBe(rate > 0);
    const evaluated = model.loss(batch);
    const [dropless = Number.NaN] = await evaluated.data();
    const plain = float64CrossEntropy(float64Gpt(SHAPE, parameters, batch.inputs, LENGTH).logits, batch.targets);
    expect(Math.abs(dropless - plain)).toBeLessThan(1e-5);
    tf.dispose([flat, loss, gradient, evaluated]);
    model.dispose();
  });
});
