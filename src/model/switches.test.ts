// Every switch of the model and every pair of switches, eagerly and as plans, against the model in double precision that
// shares no code with it: logits, loss, every gradient, what attention looks at, and decoding token by token.
import { afterEach, describe, expect, it } from 'vitest';
import { allPairs } from '../../scripts/allPairs.ts';
import { newTestModel, noGpuProblems, openEngine, TEST_ENGINES, type TestEngine } from '../../scripts/testEngine.ts';
import { ACTIVATIONS, GPT3_SWITCHES, NORMS, POSITIONS, PREDICTIONS, type ModelConfig } from '../config/runConfig.ts';
import type { Float64Masks } from '../float64/decoder.ts';
import { float64Gradient, float64Logits, float64Loss } from '../float64/float64Model.ts';
import { float64Groups, type Float64Model } from '../float64/parameters.ts';
import { dropoutMask } from '../ops/dropout/dropoutMask.ts';
import { largestDeviation, randomOperand } from '../ops/testing/deviation.ts';
import { Random } from '../random/random.ts';
import { dropoutSite } from './gpt.ts';
import { finalQuestion, type Batch, type LanguageModel } from './languageModel.ts';

const BATCH = 2;
const LENGTH = 6;
const VOCAB_SIZE = 11;
const DROPOUT = 0.3;
const KEY = 12345;
/** In single precision, of the largest entry of a group. */
const TOLERANCE = 2e-4;
const ENGINES: readonly TestEngine[] = TEST_ENGINES;

const PLACEMENTS = [
  { normPlacement: 'pre', dropoutAfterNorm: false },
  { normPlacement: 'post', dropoutAfterNorm: false },
  { normPlacement: 'post', dropoutAfterNorm: true },
] as const;
const DROPPED = [
  { dropout: 0 },
  { dropout: DROPOUT },
  { dropout: DROPOUT, dropAttention: false, dropResidual: false },
  { dropout: DROPOUT, dropEmbedding: false, dropResidual: false },
  { dropout: DROPOUT, dropEmbedding: false, dropAttention: false },
] as const;
const OBJECTIVES = [
  { zLoss: 0, labelSmoothing: 0 },
  { zLoss: 0.01, labelSmoothing: 0 },
  { zLoss: 0, labelSmoothing: 0.1 },
  { zLoss: 0.01, labelSmoothing: 0.1 },
] as const;

const CASES = allPairs({
  positions: POSITIONS,
  activation: ACTIVATIONS,
  dropped: DROPPED,
  objective: OBJECTIVES,
  placement: PLACEMENTS,
  prediction: PREDICTIONS,
  nKeyValueHead: [0, 1, 2],
  band: [0, 1, 3],
  norm: NORMS,
  causal: [true, false],
  tiedOutput: [true, false],
  biases: [true, false],
}).map(({ dropped, placement, objective, ...rest }) => {
  const sizes = { nLayer: 2, nHead: 4, nEmbd: 16, contextLength: LENGTH };
  const model: ModelConfig = { ...GPT3_SWITCHES, ...sizes, ...rest, ...placement, ...dropped };
  const name = Object.entries({ ...rest, ...placement, ...dropped, ...objective })
    .filter(([key, value]) => value !== (GPT3_SWITCHES as Readonly<Record<string, unknown>>)[key] && value !== 0)
    .map(([key, value]) => `${key} ${String(value)}`)
    .join(', ');
  return { name: name || 'GPT-3’s own', model, objective };
});

/** Far from the first values, so that no group's gradient is small: gains around 1, all else around 0. */
function livelyParameters(sizes: Float64Model): Float64Array {
  const random = new Random(31);
  return Float64Array.from(
    float64Groups(sizes).flatMap(({ name, size }) => [
      ...randomOperand(random, [size], 0.3, name.endsWith('Gain') ? 1 : 0).values,
    ]),
    Math.fround,
  );
}

const batch: Batch = (() => {
  const random = new Random(32);
  const draw = (): Int32Array => Int32Array.from({ length: BATCH * LENGTH }, () => random.integer(VOCAB_SIZE));
  return { inputs: draw(), targets: draw(), contextLength: LENGTH };
})();

/** What a step with this key drops. */
async function masksOf(model: ModelConfig): Promise<Float64Masks> {
  const mask = async (layer: number, site: number, shape: number[]): Promise<Float64Array> => {
    const tensor = dropoutMask(shape, dropoutSite(model, layer, site), KEY);
    const values = Float64Array.from(await tensor.data());
    tensor.dispose();
    return values;
  };
  const stream = [BATCH * LENGTH, model.nEmbd];
  const perLayer = (site: number, shape: number[]): Promise<Float64Array[]> =>
    Promise.all(Array.from({ length: model.nLayer }, (_, layer) => mask(layer, site, shape)));
  return {
    embedding: await mask(-1, 0, stream),
    attention: await perLayer(0, [BATCH, model.nHead, LENGTH, LENGTH]),
    mixed: await perLayer(1, stream),
    contracted: await perLayer(2, stream),
  };
}

/** Softmax cancels a key's bias: its gradient is rounding alone. */
function withoutKeyBiases(sizes: Float64Model, gradient: ArrayLike<number>): Map<string, number[]> {
  const { nHead, nKeyValueHead, nEmbd } = sizes.model;
  const headSize = nEmbd / nHead;
  const keys = { from: nEmbd, to: nEmbd + (nKeyValueHead || nHead) * headSize };
  return new Map(
    float64Groups(sizes).map(({ name, offset, size }) => [
      name,
      Array.from({ length: size }, (_, i) =>
        name.endsWith('qkvBias') && i >= keys.from && i < keys.to ? 0 : (gradient[offset + i] ?? Number.NaN),
      ),
    ]),
  );
}

const openModel = (
  engine: TestEngine,
  { model }: Float64Model,
  parameters: Float64Array,
  objective: (typeof OBJECTIVES)[number],
): Promise<LanguageModel & { dispose(): void }> => newTestModel(engine, model, VOCAB_SIZE, parameters, objective);

afterEach(noGpuProblems);

describe.each(ENGINES)('a model on %s', { timeout: 120_000 }, (engine) => {
  it.each(CASES)('has the right loss and gradients: $name', async ({ model, objective }) => {
    const sizes = { model, vocabSize: VOCAB_SIZE };
    const parameters = livelyParameters(sizes);
    await openEngine(engine);
    const masks = model.dropout > 0 ? await masksOf(model) : undefined;
    const given = { ids: batch.inputs, targets: batch.targets, length: LENGTH, ...(masks && { masks }) };
    const expected = float64Gradient(sizes, parameters, given, objective);
    const tested = await openModel(engine, sizes, parameters, objective);
    const { loss, gradient } = await tested.lossAndGradient(batch, KEY);
    tested.dispose();
    expect(Math.abs(loss / expected.objective - 1)).toBeLessThan(1e-5);
    const [found, right] = [gradient, expected.gradient].map((values) => withoutKeyBiases(sizes, values));
    for (const [name, values] of right ?? []) {
      expect(largestDeviation(found?.get(name) ?? [], values), name).toBeLessThan(TOLERANCE);
    }
  });

  it.each(CASES)('has the right logits, losses and attention, and decodes: $name', async ({ model, objective }) => {
    const sizes = { model, vocabSize: VOCAB_SIZE };
    const parameters = livelyParameters(sizes);
    const tested = await openModel(engine, sizes, parameters, objective);
    const given = { ids: batch.inputs, targets: batch.targets, length: LENGTH };
    const expected = float64Loss(sizes, parameters, given);
    expect(largestDeviation(await tested.logits(batch.inputs, LENGTH), expected.logits)).toBeLessThan(TOLERANCE);
    const [loss = Number.NaN] = await tested.losses([batch]);
    expect(Math.abs(loss / expected.loss - 1)).toBeLessThan(1e-5);
    // At the end of each window every model can be asked the same question.
    const question = finalQuestion(model);
    const asked = { ...sizes, model: { ...model, prediction: question } };
    const [final = Number.NaN] = await tested.losses([batch], question);
    expect(Math.abs(final / float64Loss(asked, parameters, given).loss - 1)).toBeLessThan(1e-5);

    // A text shorter than the context.
    const text = batch.inputs.slice(0, LENGTH - 1);
    const seen = float64Logits(sizes, parameters, { ids: text, length: text.length }).attention;
    for (let layer = 0; layer < model.nLayer; layer++) {
      const weights = await tested.attentionWeights(text, layer);
      expect(largestDeviation(weights, seen[layer] ?? []), `layer ${layer}`).toBeLessThan(TOLERANCE);
    }

    const decoder = await tested.newDecoder(2);
    for (let t = 0; t < LENGTH; t++) {
      const rows = await decoder.read([0, 1].map((s) => [batch.inputs[s * LENGTH + t] ?? 0]));
      for (const [s, row] of rows.entries()) {
        const ids = batch.inputs.slice(s * LENGTH, s * LENGTH + t + 1);
        const { logits } = float64Logits(asked, parameters, { ids, length: t + 1 });
        expect(largestDeviation(row, logits), `sequence ${s}, token ${t}`).toBeLessThan(TOLERANCE);
      }
    }
    decoder.dispose();
    tested.dispose();
  });
});
