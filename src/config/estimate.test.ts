// Counts by hand: parameters, floating-point operations and memory of models small enough to add up on paper.
import { describe, expect, it } from 'vitest';
import {
  estimate,
  forwardFlopsPerToken,
  parameterCount,
  parameterGroups,
  PLAN_EFFICIENCY,
  type DeviceSpeed,
} from './estimate.ts';
import { DEFAULT_CONFIG, type ModelConfig, type RunConfig, GPT3_SWITCHES } from './runConfig.ts';

const TINY: ModelConfig = { ...GPT3_SWITCHES, nLayer: 2, nHead: 2, nEmbd: 4, contextLength: 8, dropout: 0 };
const GPT3_SMALL: ModelConfig = {
  ...GPT3_SWITCHES,
  nLayer: 12,
  nHead: 12,
  nEmbd: 768,
  contextLength: 2048,
  dropout: 0,
};
const configOf = (model: ModelConfig, batchSize = 3, steps = 10): RunConfig => ({
  ...DEFAULT_CONFIG,
  model,
  training: { ...DEFAULT_CONFIG.training, batchSize, steps },
});
const eager = (gigaflopsPerSecond: number, secondsPerOperation = 0): DeviceSpeed => ({
  gigaflopsPerSecond,
  secondsPerOperation,
  engine: 'eager',
});
const plan = (gigaflopsPerSecond: number, secondsPerOperation = 0): DeviceSpeed => ({
  gigaflopsPerSecond,
  secondsPerOperation,
  engine: 'plan',
});
const accumulating = (config: RunConfig, accumulation: number): RunConfig => ({
  ...config,
  training: { ...config.training, accumulation },
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
    expect(estimate(configOf(TINY), 10, eager(1)).flopsPerStep).toBe(3 * (3 * 8) * 2 * multiplyAdds);
  });

  it('agrees with six operations per parameter and token where the weights outweigh the rest', () => {
    const model = { ...GPT3_SMALL, contextLength: 8 };
    const { flopsPerStep } = estimate(configOf(model, 1), 50_257, eager(1));
    const weights = parameterCount(model, 50_257) - 8 * 768;
    expect(flopsPerStep / (6 * weights * 8)).toBeCloseTo(1, 2);
  });

  it('takes time in proportion to operations and steps, and the inverse of the speed', () => {
    const slow = estimate(configOf(TINY, 3, 10), 10, eager(2));
    const fast = estimate(configOf(TINY, 3, 10), 10, eager(8));
    const longer = estimate(configOf(TINY, 6, 20), 10, eager(2));
    expect(slow.secondsPerStep).toBeGreaterThan(0);
    expect(slow.secondsPerStep / fast.secondsPerStep).toBeCloseTo(4);
    expect(slow.totalSeconds).toBeCloseTo(10 * slow.secondsPerStep);
    expect(longer.totalSeconds / slow.totalSeconds).toBeCloseTo(4);
    expect(estimate(configOf(TINY), 10, eager(0)).secondsPerStep).toBe(Number.POSITIVE_INFINITY);
  });

  it('never promises to be faster than the device’s matrix products', () => {
    const { flopsPerStep, secondsPerStep } = estimate(DEFAULT_CONFIG, 1024, eager(5));
    expect(secondsPerStep).toBeGreaterThan(flopsPerStep / 5e9);
  });

  it('needs at least weights, gradient and two moments, and more for a larger batch', () => {
    const small = estimate(configOf(TINY, 1), 10, eager(1));
    expect(small.trainingBytes).toBeGreaterThan(4 * 4 * small.parameters);
    expect(estimate(configOf(TINY, 64), 10, eager(1)).trainingBytes).toBeGreaterThan(small.trainingBytes);
  });

  it('names the largest tensor: flat parameters, logits, or attention weights', () => {
    const bytesOf = (model: ModelConfig, batchSize: number, vocabSize: number): number =>
      estimate(configOf(model, batchSize), vocabSize, eager(1)).largestTensorBytes;
    expect(bytesOf(TINY, 1, 10)).toBe(4 * parameterCount(TINY, 10));
    expect(bytesOf(TINY, 16, 5000)).toBe(4 * 16 * 8 * 5000);
    expect(bytesOf({ ...TINY, contextLength: 1024 }, 4, 10)).toBe(4 * 4 * 2 * 1024 ** 2);
  });

  it('takes a step for as long as starting its operations takes, where that is longer', () => {
    const fast = estimate(configOf(TINY), 10, eager(1000, 1e-4));
    expect(fast.secondsPerStep).toBe((50 + 170 * TINY.nLayer) * 1e-4);
    expect(estimate(configOf(TINY), 10, eager(1e-6, 1e-9)).secondsPerStep).toBe(
      estimate(configOf(TINY), 10, eager(1e-6)).secondsPerStep,
    );
  });

  it('takes several batches per step for as much more work and time, and not for more memory where a batch is large', () => {
    for (const speed of [eager(5), plan(5), eager(1e6, 1e-4), plan(1e6, 1e-4)]) {
      const [one, four] = [1, 4].map((count) => estimate(accumulating(configOf(TINY), count), 10, speed));
      expect(four!.flopsPerStep).toBe(4 * one!.flopsPerStep);
      expect(four!.secondsPerStep).toBeCloseTo(4 * one!.secondsPerStep);
    }
    const config = configOf(TINY, 64);
    expect(estimate(accumulating(config, 4), 10, eager(5)).trainingBytes).toBe(
      estimate(config, 10, eager(5)).trainingBytes,
    );
    // A plan keeps one more buffer: the sum of the gradients.
    expect(estimate(accumulating(config, 4), 10, plan(5)).trainingBytes).toBe(
      estimate(config, 10, plan(5)).trainingBytes + 4 * parameterCount(TINY, 10),
    );
  });
});

describe('estimate for a plan', () => {
  it('counts its memory as by hand', () => {
    const rows = 3 * 8;
    const { trainingBytes } = estimate(configOf(TINY), 10, plan(1));
    const floats = 4 * parameterCount(TINY, 10) + 2 * (16 * rows * 4 + rows * 2) + 8 * rows * 4 + rows * 10;
    expect(trainingBytes).toBe(4 * floats);
  });

  it('holds the logits of a large vocabulary in part, and never a matrix of context by context', () => {
    const small = { ...GPT3_SMALL, nLayer: 1 };
    const perRow = 16 * 768 + 12 + 8 * 768;
    const floats = (batchSize: number): number =>
      estimate(configOf(small, batchSize), 50_257, plan(1)).trainingBytes / 4;
    expect(floats(2) - floats(1)).toBe(2048 * perRow);
    expect(floats(1)).toBe(4 * parameterCount(small, 50_257) + 2048 * perRow + 2 ** 24);
    const config = configOf({ ...TINY, contextLength: 1024 }, 4);
    expect(estimate(config, 10, plan(1)).largestTensorBytes).toBeLessThan(
      estimate(config, 10, eager(1)).largestTensorBytes,
    );
  });

  it('names the largest tensor: flat parameters, logits, or the feed-forward’s inner values', () => {
    const bytesOf = (model: ModelConfig, batchSize: number, vocabSize: number): number =>
      estimate(configOf(model, batchSize), vocabSize, plan(1)).largestTensorBytes;
    expect(bytesOf(TINY, 1, 10)).toBe(4 * parameterCount(TINY, 10));
    expect(bytesOf(TINY, 16, 5000)).toBe(4 * 16 * 8 * 5000);
    expect(bytesOf(TINY, 64, 10)).toBe(4 * 4 * (64 * 8) * 4);
    expect(bytesOf(TINY, 1024, 50_257)).toBe(4 * 2 ** 24);
  });

  it('takes a step for its arithmetic at a share of the device’s speed, or for starting its fewer operations', () => {
    const { flopsPerStep, secondsPerStep } = estimate(DEFAULT_CONFIG, 1024, plan(5));
    expect(secondsPerStep).toBeCloseTo(flopsPerStep / (5e9 * PLAN_EFFICIENCY));
    expect(estimate(configOf(TINY), 10, plan(1e6, 1e-4)).secondsPerStep).toBeCloseTo((20 + 25 * TINY.nLayer) * 1e-4);
    expect(estimate(DEFAULT_CONFIG, 1024, plan(0)).secondsPerStep).toBe(Number.POSITIVE_INFINITY);
  });

  it('takes less memory and time than operations that run one by one', () => {
    for (const config of [DEFAULT_CONFIG, configOf(GPT3_SMALL)]) {
      const [planned, oneByOne] = [plan(100, 1e-5), eager(100, 1e-5)].map((speed) => estimate(config, 50_257, speed));
      expect(planned!.trainingBytes).toBeLessThan(oneByOne!.trainingBytes);
      expect(planned!.secondsPerStep).toBeLessThan(oneByOne!.secondsPerStep);
    }
  });
});
