// Counts by hand: parameters, floating-point operations and memory of models small enough to add up on paper.
import { describe, expect, it } from 'vitest';
import { estimate, forwardFlopsPerToken, parameterCount, parameterGroups } from './estimate.ts';
import { DEFAULT_CONFIG, type ModelConfig, type RunConfig } from './runConfig.ts';

const TINY: ModelConfig = { nLayer: 2, nHead: 2, nEmbd: 4, contextLength: 8, dropout: 0 };
const GPT3_SMALL: ModelConfig = { nLayer: 12, nHead: 12, nEmbd: 768, contextLength: 2048, dropout: 0 };
const configOf = (model: ModelConfig, batchSize = 3, steps = 10): RunConfig => ({
  ...DEFAULT_CONFIG,
  model,
  training: { ...DEFAULT_CONFIG.training, batchSize, steps },
});

describe('parameters', () => {
  it('counts a tiny model as by hand', () => {
    const block = {
      norms: 2 * (4 + 4),
      attention: 4 * 12 + 12 + (4 * 4 + 4),
      feedForward: 4 * 16 + 16 + (16 * 4 + 4),
    };
    expect(parameterGroups(TINY, 10).map(({ count }) => count)).toEqual([
      10 * 4,
      8 * 4,
      2 * block.attention,
      2 * block.feedForward,
      2 * block.norms + 8,
    ]);
    expect(parameterCount(TINY, 10)).toBe(40 + 32 + 2 * (80 + 148 + 16) + 8);
  });

  it('counts GPT-3 Small as the paper prints it: 125 million', () => {
    const count = parameterCount(GPT3_SMALL, 50_257);
    expect(count).toBe(50_257 * 768 + 2048 * 768 + 12 * (12 * 768 ** 2 + 13 * 768) + 2 * 768);
    expect(Math.round(count / 1e6)).toBe(125);
  });

  it('gives every group a name of its own', () => {
    const names = parameterGroups(TINY, 10).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('estimate', () => {
  it('counts the operations of a step: two per multiply-add, the backward pass twice the forward', () => {
    // Per token and layer: qkv 4×12, projection 4×4, feed-forward 4×16 and 16×4; attention over 8 tokens twice 8×4.
    const multiplyAdds = 2 * (48 + 16 + 64 + 64 + 64) + 4 * 10;
    expect(forwardFlopsPerToken(TINY, 10)).toBe(2 * multiplyAdds);
    expect(estimate(configOf(TINY), 10, 1).flopsPerStep).toBe(3 * (3 * 8) * 2 * multiplyAdds);
  });

  it('agrees with six operations per parameter and token where the weights outweigh the rest', () => {
    const model = { ...GPT3_SMALL, contextLength: 8 };
    const { flopsPerStep } = estimate(configOf(model, 1), 50_257, 1);
    const weights = parameterCount(model, 50_257) - 8 * 768;
    expect(flopsPerStep / (6 * weights * 8)).toBeCloseTo(1, 2);
  });

  it('takes time in proportion to operations and steps, and the inverse of the speed', () => {
    const slow = estimate(configOf(TINY, 3, 10), 10, 2);
    const fast = estimate(configOf(TINY, 3, 10), 10, 8);
    const longer = estimate(configOf(TINY, 6, 20), 10, 2);
    expect(slow.secondsPerStep).toBeGreaterThan(0);
    expect(slow.secondsPerStep / fast.secondsPerStep).toBeCloseTo(4);
    expect(slow.totalSeconds).toBeCloseTo(10 * slow.secondsPerStep);
    expect(longer.totalSeconds / slow.totalSeconds).toBeCloseTo(4);
    expect(estimate(configOf(TINY), 10, 0).secondsPerStep).toBe(Number.POSITIVE_INFINITY);
  });

  it('never promises to be faster than the device’s matrix products', () => {
    const { flopsPerStep, secondsPerStep } = estimate(DEFAULT_CONFIG, 1024, 5);
    expect(secondsPerStep).toBeGreaterThan(flopsPerStep / 5e9);
  });

  it('needs at least weights, gradient and two moments, and more for a larger batch', () => {
    const small = estimate(configOf(TINY, 1), 10, 1);
    expect(small.trainingBytes).toBeGreaterThan(4 * 4 * small.parameters);
    expect(estimate(configOf(TINY, 64), 10, 1).trainingBytes).toBeGreaterThan(small.trainingBytes);
  });

  it('names the largest tensor: flat parameters, logits, or attention weights', () => {
    const bytesOf = (model: ModelConfig, batchSize: number, vocabSize: number): number =>
      estimate(configOf(model, batchSize), vocabSize, 1).largestTensorBytes;
    expect(bytesOf(TINY, 1, 10)).toBe(4 * parameterCount(TINY, 10));
    expect(bytesOf(TINY, 16, 5000)).toBe(4 * 16 * 8 * 5000);
    expect(bytesOf({ ...TINY, contextLength: 1024 }, 4, 10)).toBe(4 * 4 * 2 * 1024 ** 2);
  });

  it('takes a step for as long as starting its operations takes, where that is longer', () => {
    const fast = estimate(configOf(TINY), 10, 1000, 1e-4);
    expect(fast.secondsPerStep).toBe((50 + 170 * TINY.nLayer) * 1e-4);
    expect(estimate(configOf(TINY), 10, 1e-6, 1e-9).secondsPerStep).toBe(
      estimate(configOf(TINY), 10, 1e-6).secondsPerStep,
    );
  });
});
