// The attention that people see: rows that sum to 1 and look only back, of the last tokens that fit; bad requests refused.
import { beforeAll, describe, expect, it } from 'vitest';
import { newTestModel } from '../../scripts/testEngine.ts';
import { GPT3_SWITCHES, type ModelConfig } from '../config/runConfig.ts';
import * as tf from '../engine/tf.ts';
import type { LanguageModel } from '../model/languageModel.ts';
import { initialParameters, parameterLayout } from '../model/parameters.ts';
import { InspectionError, layerAttention } from './attention.ts';

const SHAPE: ModelConfig = { ...GPT3_SWITCHES, nLayer: 3, nHead: 2, nEmbd: 8, contextLength: 6, dropout: 0.5 };
const VOCABULARY = 10;
let model: LanguageModel;
beforeAll(async () => {
  const values = initialParameters(parameterLayout(SHAPE, VOCABULARY), 2);
  model = await newTestModel(
    'wasm',
    SHAPE,
    VOCABULARY,
    values.map((value) => (value === 1 ? 1 : 20 * value)),
  );
});

describe('layerAttention', () => {
  it.each([0, 1, 2])('gives each head of layer %i rows that sum to 1 and never look ahead', async (layer) => {
    const { size, offset, weights } = await layerAttention(model, [1, 5, 2, 9, 0], layer);
    expect({ size, offset, length: weights.length }).toEqual({ size: 5, offset: 0, length: 2 * 5 * 5 });
    for (let row = 0; row < 2 * 5; row++) {
      const values = weights.subarray(row * 5, row * 5 + 5);
      expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
      expect(values.every((value) => value >= 0)).toBe(true);
      expect(values.slice((row % 5) + 1).every((value) => value === 0)).toBe(true);
    }
  });

  it('differs between layers and between heads', async () => {
    const tokens = [1, 5, 2, 9, 0];
    const [first, second] = [await layerAttention(model, tokens, 0), await layerAttention(model, tokens, 1)];
    expect(first.weights).not.toEqual(second.weights);
    expect(first.weights.slice(0, 25)).not.toEqual(first.weights.slice(25));
  });

  it('shows the last tokens of a text longer than the context, as if they were alone', async () => {
    const tokens = [9, 9, 8, 1, 5, 2, 9, 0, 3];
    const long = await layerAttention(model, tokens, 1);
    expect({ size: long.size, offset: long.offset }).toEqual({ size: 6, offset: 3 });
    expect(long.weights).toEqual((await layerAttention(model, tokens.slice(3), 1)).weights);
  });

  it('shows a single token looking at itself', async () => {
    expect([...(await layerAttention(model, [4], 0)).weights]).toEqual([1, 1]);
  });

  it.each<[string, number[], number, string]>([
    ['no token', [], 0, 'no token'],
    ['a token beyond the vocabulary', [1, 10], 0, 'another model'],
    ['a negative token', [-1], 0, 'another model'],
    ['half a token', [1.5], 0, 'another model'],
    ['no number', [Number.NaN], 0, 'another model'],
    ['a layer beyond the last', [1], 3, 'This model has 3 layers; there is no layer 4.'],
    ['a layer before the first', [1], -1, 'there is no layer 0'],
    ['half a layer', [1], 0.5, 'This model has 3 layers'],
  ])('refuses %s with a sentence', async (_, tokens, layer, message) => {
    const refused = layerAttention(model, tokens, layer);
    await expect(refused).rejects.toThrow(InspectionError);
    await expect(refused).rejects.toThrow(message);
  });

  it('leaves no tensor behind', async () => {
    const before = tf.memory().numTensors;
    for (let i = 0; i < 3; i++) await layerAttention(model, [1, 2, 3], i);
    await layerAttention(model, [1], 7).catch(() => {});
    expect(tf.memory().numTensors).toBe(before);
  });
});
