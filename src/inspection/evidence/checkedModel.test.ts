// Which model a check is made on: the run's own where it is small, else one whose sizes go together as the run's do.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ACTIVATIONS,
  DEFAULT_CONFIG,
  GPT3_SWITCHES,
  NORM_PLACEMENTS,
  NORMS,
  POSITIONS,
  PREDICTIONS,
  type ModelConfig,
  type RunConfig,
} from '../../config/runConfig.ts';
import { float64Groups, float64Size } from '../../float64/parameters.ts';
import { checkedModel, livelyParameters, randomBatch } from './checkedModel.ts';

const configOf = (model: Partial<ModelConfig>, training: Partial<RunConfig['training']> = {}): RunConfig => ({
  ...DEFAULT_CONFIG,
  model: { ...DEFAULT_CONFIG.model, ...model },
  training: { ...DEFAULT_CONFIG.training, ...training },
});

/** Any model whose heads share its width. */
const models = fc
  .record({
    nLayer: fc.integer({ min: 1, max: 96 }),
    keyValueHeads: fc.integer({ min: 1, max: 12 }),
    groupSize: fc.integer({ min: 1, max: 8 }),
    halfHeadSize: fc.integer({ min: 1, max: 64 }),
    contextLength: fc.integer({ min: 4, max: 4096 }),
    dropout: fc.constantFrom(0, 0.1),
    band: fc.integer({ min: 0, max: 4096 }),
    nameHeads: fc.boolean(),
    causal: fc.boolean(),
    positions: fc.constantFrom(...POSITIONS),
    norm: fc.constantFrom(...NORMS),
    normPlacement: fc.constantFrom(...NORM_PLACEMENTS),
    activation: fc.constantFrom(...ACTIVATIONS),
    tiedOutput: fc.boolean(),
    biases: fc.boolean(),
    prediction: fc.constantFrom(...PREDICTIONS),
  })
  .map(({ keyValueHeads, groupSize, halfHeadSize, nameHeads, ...rest }): ModelConfig => {
    const nHead = keyValueHeads * groupSize;
    const nKeyValueHead = nameHeads || groupSize > 1 ? keyValueHeads : 0;
    return { ...GPT3_SWITCHES, ...rest, nHead, nKeyValueHead, nEmbd: Math.max(4, nHead * 2 * halfHeadSize) };
  })
  .filter(({ nEmbd, nHead }) => nEmbd % nHead === 0);

describe('checkedModel', () => {
  it('takes a small run’s own model, with windows of a part of its context', () => {
    const config = configOf({ nLayer: 1, nHead: 2, nEmbd: 8, contextLength: 64 }, { zLoss: 0.01, labelSmoothing: 0.1 });
    const checked = checkedModel(config, 60);
    expect(checked).toMatchObject({ model: config.model, vocabSize: 60, length: 16 });
    expect(checked.changes).toEqual(['windows of 16 of 64 tokens']);
    expect(checked.objective).toEqual({ zLoss: 0.01, labelSmoothing: 0.1 });
    const whole = configOf({ nLayer: 1, nHead: 2, nEmbd: 8, contextLength: 10, dropout: 0.2 });
    expect(checkedModel(whole, 60)).toMatchObject({ length: 10, changes: ['no dropout'] });
  });

  it('lets windows reach beyond the band', () => {
    const small = { nLayer: 2, nHead: 2, nEmbd: 8, contextLength: 64, band: 24 };
    expect(checkedModel(configOf(small), 60).length).toBe(28);
    const { model, length } = checkedModel(configOf({ ...small, band: 60 }), 60);
    expect(model.band).toBeLessThan(length);
  });

  it('says how a reduced model differs from the run’s', () => {
    const big = configOf({ nLayer: 12, nHead: 12, nEmbd: 768, contextLength: 1024, nKeyValueHead: 4, band: 128 });
    const { changes, model } = checkedModel(big, 50_257);
    expect(model).toMatchObject({ nLayer: 2, nHead: 4, nKeyValueHead: 2, nEmbd: 32, contextLength: 12, band: 4 });
    expect(changes).toEqual([
      '2 instead of 12 layers',
      '4 instead of 12 heads',
      '2 instead of 4 key/value heads',
      '32 instead of 768 width',
      '12 instead of 1,024 tokens of context',
      '4 instead of 128 tokens of local attention window',
      '24 instead of 50,257 tokens in the vocabulary',
    ]);
  });

  it('keeps every switch, goes together, and is small enough for plain loops', () => {
    fc.assert(
      fc.property(models, fc.integer({ min: 2, max: 50_257 }), (model, vocabSize) => {
        const checked = checkedModel(configOf(model), vocabSize);
        const { nLayer, nHead, nEmbd, contextLength, nKeyValueHead, band, ...switches } = checked.model;
        expect({ ...switches }).toMatchObject({
          causal: model.causal,
          positions: model.positions,
          norm: model.norm,
          normPlacement: model.normPlacement,
          activation: model.activation,
          tiedOutput: model.tiedOutput,
          biases: model.biases,
          prediction: model.prediction,
          dropout: 0,
        });
        expect(nEmbd % nHead).toBe(0);
        expect((nEmbd / nHead) % 2).toBe(0);
        expect(nKeyValueHead === 0).toBe(model.nKeyValueHead === 0);
        const sharers = nKeyValueHead > 0 ? nHead / nKeyValueHead : 1;
        const sharersOfRun = model.nKeyValueHead > 0 ? model.nHead / model.nKeyValueHead : 1;
        expect(Number.isInteger(sharers)).toBe(true);
        expect(sharers > 1).toBe(sharersOfRun > 1);
        expect(nLayer).toBe(Math.min(nLayer, model.nLayer));
        expect(nLayer > 1).toBe(model.nLayer > 1);
        expect(band > 0).toBe(model.band > 0);
        const bites = model.band > 0 && model.band < model.contextLength - 4;
        expect(bites && band >= checked.length).toBe(false);
        expect(checked.length).toBeLessThanOrEqual(contextLength);
        expect(float64Size(checked)).toBeLessThanOrEqual(30_000);
        expect(checked.vocabSize).toBeLessThanOrEqual(vocabSize);
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});

describe('what the model is given', () => {
  const checked = checkedModel(DEFAULT_CONFIG, 1024);
  it('are parameters that single precision holds, far from first values in every group', () => {
    const parameters = livelyParameters(checked, 1);
    expect(parameters).toEqual(Float64Array.from(Float32Array.from(parameters)));
    expect(parameters).not.toEqual(livelyParameters(checked, 2));
    for (const { name, offset, size } of float64Groups(checked)) {
      const own = parameters.subarray(offset, offset + size);
      const mean = own.reduce((a, b) => a + b, 0) / size;
      const deviation = Math.sqrt(own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / size);
      expect(deviation, name).toBeGreaterThan(0.1);
      expect(deviation, name).toBeLessThan(1);
    }
  });

  it('are windows of ids of the vocabulary', () => {
    const { inputs, targets, contextLength } = randomBatch(checked, 1);
    expect([inputs.length, targets.length, contextLength]).toEqual([24, 24, 12]);
    expect([...inputs, ...targets].every((id) => id >= 0 && id < checked.vocabSize)).toBe(true);
    expect(inputs).not.toEqual(targets);
  });
});
