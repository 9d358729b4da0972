// The parameters: their count, order, first values, and where weight decay applies.
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../scripts/testBackend.ts';
import { parameterCount } from '../config/estimate.ts';
import { DEFAULT_CONFIG, type ModelConfig, GPT3_SWITCHES } from '../config/runConfig.ts';
import * as tf from '../engine/tf.ts';
import { float64Layout } from '../ops/testing/float64Gpt.ts';
import {
  decayMask,
  initialParameters,
  nameParameters,
  parameterLayout,
  relaid,
  splitParameters,
  totalSize,
} from './parameters.ts';

const MODELS: ModelConfig[] = [
  { ...GPT3_SWITCHES, nLayer: 1, nHead: 1, nEmbd: 4, contextLength: 4, dropout: 0 },
  { ...GPT3_SWITCHES, nLayer: 3, nHead: 5, nEmbd: 35, contextLength: 9, dropout: 0.1 },
  DEFAULT_CONFIG.model,
];

describe('parameters', () => {
  beforeAll(() => useBackend('cpu'));

  it.each(MODELS)('of $nLayer layers × $nEmbd are as many as the estimate says, side by side in order', (model) => {
    for (const vocabSize of [2, 65, 1024]) {
      const layout = parameterLayout(model, vocabSize);
      const { specs } = layout;
      expect(totalSize(layout)).toBe(parameterCount(model, vocabSize));
      expect(layout.size).toBe(totalSize(layout));
      expect(specs.map(({ name, size }) => [name, size])).toEqual(float64Layout({ ...model, vocabSize }));
      let end = 0;
      for (const { offset, size, shape } of specs) {
        expect(offset).toBe(end);
        expect(shape.reduce((product, n) => product * n, 1)).toBe(size);
        end += size;
      }
    }
  });

  it('let tokens be seen beside sines, which do not start small', () => {
    const deviationOf = (switches: Partial<ModelConfig>): number => {
      const model = { ...GPT3_SWITCHES, nLayer: 1, nHead: 2, nEmbd: 64, contextLength: 4, dropout: 0, ...switches };
      const layout = parameterLayout(model, 200);
      const tokens = initialParameters(layout, 3).subarray(0, 200 * 64);
      return Math.sqrt(tokens.reduce((sum, value) => sum + value ** 2, 0) / tokens.length);
    };
    expect(deviationOf({ positions: 'sinusoidal', tiedOutput: false })).toBeCloseTo(1, 1);
    expect(deviationOf({ positions: 'sinusoidal' })).toBeCloseTo(1 / 8, 2);
    expect(deviationOf({ positions: 'rotary' })).toBeCloseTo(0.02, 3);
  });

  it('start as GPT-2’s do: deviation 0.02, residual projections less, gains 1, biases 0', () => {
    const model = { ...DEFAULT_CONFIG.model, nLayer: 8 };
    const layout = parameterLayout(model, 300);
    const values = initialParameters(layout, 3);
    for (const { name, offset, size } of layout.specs) {
      const own = values.subarray(offset, offset + size);
      const mean = own.reduce((a, b) => a + b, 0) / size;
      const deviation = Math.sqrt(own.reduce((sum, v) => sum + (v - mean) ** 2, 0) / size);
      const matrix = /Weight|Embedding/.test(name);
      const wantedMean = name.endsWith('Gain') ? 1 : 0;
      const wanted = matrix ? (/projectionWeight|contractWeight/.test(name) ? 0.02 / 4 : 0.02) : 0;
      // Four standard deviations of what so many draws give; nothing is left to chance where there are none.
      expect(Math.abs(mean - wantedMean), name).toBeLessThanOrEqual((4 * wanted) / Math.sqrt(size));
      expect(Math.abs(deviation - wanted), name).toBeLessThanOrEqual((4 * wanted) / Math.sqrt(2 * size));
    }
  });

  it('are the same for the same seed, and others for another seed and in each matrix', () => {
    const layout = parameterLayout(DEFAULT_CONFIG.model, 64);
    const values = initialParameters(layout, 3);
    expect(initialParameters(layout, 3)).toEqual(values);
    expect(initialParameters(layout, 4)).not.toEqual(values);
    const starts = layout.specs.filter(({ deviation }) => deviation > 0).map(({ offset }) => values[offset]);
    expect(new Set(starts).size).toBe(starts.length);
  });

  it.each([1, 64])('decay only where they are matrices, told for every %i', (alignment) => {
    const layout = parameterLayout(MODELS[1] ?? DEFAULT_CONFIG.model, 11, alignment);
    const mask = decayMask(layout);
    expect(mask.length).toBe(Math.ceil(layout.size / alignment));
    for (const { name, offset, size } of layout.specs) {
      const matrix = /Weight|Embedding/.test(name);
      const blocks = mask.subarray(offset / alignment, Math.ceil((offset + size) / alignment));
      expect(new Set(blocks), name).toEqual(new Set([matrix ? 1 : 0]));
    }
  });

  it.each(MODELS)('of $nLayer layers × $nEmbd start where a plan can bind them, and move without loss', (model) => {
    const [flat, aligned] = [parameterLayout(model, 11), parameterLayout(model, 11, 64)];
    expect(totalSize(aligned)).toBe(totalSize(flat));
    let end = 0;
    for (const { offset, size } of aligned.specs) {
      expect(offset % 64).toBe(0);
      expect(offset - end).toBeGreaterThanOrEqual(0);
      expect(offset - end).toBeLessThan(64);
      end = offset + size;
    }
    expect(aligned.size).toBeGreaterThanOrEqual(end);
    const values = Float32Array.from({ length: flat.size }, (_, i) => i + 1);
    const moved = relaid(values, flat, aligned);
    aligned.specs.forEach(({ offset, size }, i) => {
      const start = flat.specs[i]?.offset ?? 0;
      expect(moved.subarray(offset, offset + size)).toEqual(values.subarray(start, start + size));
    });
    expect(moved.filter((value) => value !== 0).length).toBe(flat.size);
    expect(relaid(moved, aligned, flat)).toEqual(values);
    // First values do not depend on where they lie.
    expect(relaid(initialParameters(aligned, 3), aligned, flat)).toEqual(initialParameters(flat, 3));
  });

  it('are cut from the flat buffer and named without loss', () => {
    const model = MODELS[1] ?? DEFAULT_CONFIG.model;
    const layout = parameterLayout(model, 7);
    const { specs } = layout;
    const before = tf.memory().numTensors;
    const flat = tf.range(0, layout.size);
    const tensors = splitParameters(flat, layout);
    expect(tf.memory().numTensors).toBe(before + 1 + specs.length);
    const named = nameParameters(tensors, specs);
    const found = [
      named.tokenEmbedding,
      named.positionEmbedding,
      ...named.blocks.flatMap((block) => Object.values(block) as tf.Tensor[]),
      named.finalNormGain,
      named.finalNormBias,
    ].filter((tensor) => tensor !== undefined);
    expect(named.blocks.length).toBe(3);
    expect(found.map(({ shape }) => shape)).toEqual(specs.map(({ shape }) => shape));
    expect(found.flatMap((tensor) => [...tensor.dataSync()])).toEqual([...flat.dataSync()]);
    tf.dispose([flat, ...tensors]);
    expect(() => nameParameters(tensors.slice(1), specs.slice(1))).toThrow(RangeError);
  });
});
