// The whole model's loss and gradient against finite differences of a decoder in plain double-precision loops that
// shares no code with it, on every backend; without and with dropout.
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { newTestModel, noGpuProblems, TEST_ENGINES, type TestEngine } from '../../scripts/testEngine.ts';
import { dropoutMask } from '../ops/dropout/dropoutMask.ts';
import { differenceGradient, largestDeviation, randomOperand } from '../ops/testing/deviation.ts';
import {
  float64CrossEntropy,
  float64Gpt,
  float64Layout,
  type Float64Masks,
  type Float64Shape,
} from '../ops/testing/float64Gpt.ts';
import { GPT3_SWITCHES } from '../config/runConfig.ts';
import { Random } from '../random/random.ts';
import { dropoutSite } from './gpt.ts';
import type { Batch } from './languageModel.ts';

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
    const tensor = dropoutMask(
      shape,
      dropoutSite({ ...GPT3_SWITCHES, ...SHAPE, dropout: rate }, layer, site),
      DROPOUT_KEY,
    );
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

const modelOf = (engine: TestEngine, rate: number) =>
  newTestModel(engine, { ...GPT3_SWITCHES, ...SHAPE, dropout: rate }, SHAPE.vocabSize, parameters);

async function measure(engine: TestEngine, rate: number, key = DROPOUT_KEY): Promise<Measured> {
  const model = await modelOf(engine, rate);
  const result = await model.lossAndGradient(batch, key);
  model.dispose();
  return result;
}

afterEach(noGpuProblems);

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
    onCpu = await measure('cpu', rate);
    expected = await expectation(rate);
  });

  it.each(TEST_ENGINES)('are those of plain loops, and to four digits those of the CPU, on %s', async (engine) => {
    const measured = await measure(engine, rate);
    expect(Math.abs(measured.loss - expected.loss)).toBeLessThan(1e-5);
    expectSameGradients(measured.gradient, expected.gradient, 1e-4);
    expect(Math.abs(measured.loss - onCpu.loss)).toBeLessThan(1e-5);
    expectSameGradients(measured.gradient, onCpu.gradient, 1e-4);
  });

  it.each(TEST_ENGINES)('change with another dropout key only if something is dropped, on %s', async (engine) => {
    const other = await measure(engine, rate, DROPOUT_KEY + 1);
    expect(Math.abs(other.loss - onCpu.loss) > 1e-4).toBe(rate > 0);
    const model = await modelOf(engine, rate);
    const [dropless = Number.NaN] = await model.losses([batch]);
    const plain = float64CrossEntropy(float64Gpt(SHAPE, parameters, batch.inputs, LENGTH).logits, batch.targets);
    expect(Math.abs(dropless - plain)).toBeLessThan(1e-5);
    model.dispose();
  });
});
