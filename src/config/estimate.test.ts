// Counts by hand: parameters, floating-point operations and memory of models small enough to add up on paper.
import { describe, expect, it } from 'vitest';
import {
  estimate,
  forwardFlopsPerToken,
  parameterCount,
  parameterGroups,
  PLAN_EFFICIENCY,
  updateFlops,
  type DeviceSpeed,
} from './estimate.ts';
import { DEFAULT_CONFIG, type ModelConfig, type RunConfig, GPT3_SWITCHES } from './runConfig.ts';
import { batchesAt } from './schedule.ts';

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

  // Each against the tiny model's 568, per layer where it says × 2.
  it.each<[string, Partial<ModelConfig>, number]>([
    ['one head of keys and values less: 2 × (4 + 1) × 2 numbers a layer', { nKeyValueHead: 1 }, -2 * (4 * 4 + 4)],
    ['as many as heads', { nKeyValueHead: 2 }, 0],
    ['sinusoidal positions', { positions: 'sinusoidal' }, -8 * 4],
    ['rotary positions', { positions: 'rotary' }, -8 * 4],
    ['ALiBi', { positions: 'alibi' }, -8 * 4],
    ['no positions', { positions: 'none' }, -8 * 4],
    ['RMS norms: no biases in five norms', { norm: 'rms' }, -5 * 4],
    ['no biases', { biases: false }, -2 * (4 + 12 + 4 + 4 + 16 + 4) - 4],
    ['RMS norms and no biases', { norm: 'rms', biases: false }, -2 * (4 + 12 + 4 + 4 + 16 + 4) - 4],
    ['SwiGLU: 12 wide inside instead of 16, with a gate', { activation: 'swiglu' }, 2 * (4 * 24 + 24 + 12 * 4 - 144)],
    ['an output layer of its own', { tiedOutput: false }, 4 * 10 + 10],
    ['an output layer without biases', { tiedOutput: false, biases: false }, 4 * 10 - 2 * 44 - 4],
    ['what needs no parameters: a band, no mask', { band: 2, causal: false }, 0],
    ['what needs no parameters: post-norm, ReLU', { normPlacement: 'post', activation: 'relu' }, 0],
    ['what needs no parameters: exact GELU, one answer', { activation: 'gelu-exact', prediction: 'mean' }, 0],
  ])('counts %s', (_, switches, more) => {
    expect(parameterCount(TINY, 10)).toBe(40 + 32 + 2 * (80 + 148 + 16) + 8);
    expect(parameterCount({ ...TINY, ...switches }, 10)).toBe(568 + more);
  });

  it('counts a model after LLaMA as by hand', () => {
    const llama: ModelConfig = {
      ...TINY,
      ...{ nHead: 4, nEmbd: 8, nKeyValueHead: 2, positions: 'rotary', norm: 'rms' },
      ...{ activation: 'swiglu', tiedOutput: false, biases: false },
    };
    const block = { attention: 8 * (4 + 2 * 2) * 2 + 8 * 8, feedForward: 8 * 2 * 20 + 20 * 8, norms: 2 * 8 };
    expect(parameterGroups(llama, 10)).toEqual([
      { name: 'Token embedding', count: 80 },
      { name: 'Attention', count: 2 * block.attention },
      { name: 'Feed-forward', count: 2 * block.feedForward },
      { name: 'RMS norms', count: 2 * block.norms + 8 },
      { name: 'Output layer', count: 80 },
    ]);
  });

  it('gives every group a name of its own', () => {
    for (const model of [TINY, { ...TINY, tiedOutput: false }]) {
      const names = parameterGroups(model, 10).map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
    }
  });
});

describe('estimate', () => {
  it('counts the operations of a step: two per multiply-add, the backward pass twice the forward', () => {
    // Per token and layer: qkv 4×12, projection 4×4, feed-forward 4×16 and 16×4; attention over 8 tokens twice 8×4.
    const multiplyAdds = 2 * (48 + 16 + 64 + 64 + 64) + 4 * 10;
    expect(forwardFlopsPerToken(TINY, 10)).toBe(2 * multiplyAdds);
    expect(estimate(configOf(TINY), 10, eager(1)).flopsPerStep).toBe(3 * (3 * 8) * 2 * multiplyAdds);
  });

  it.each<[string, Partial<ModelConfig>, number]>([
    ['a band: two tokens in reach in the second layer only', { band: 2 }, -(8 - 2) * 2 * 4],
    ['a band without a mask: one token more on the other side', { band: 2, causal: false }, -(8 - 3) * 2 * 4],
    ['a band as wide as the context', { band: 8 }, 0],
    ['a band without a mask that reaches beyond the context', { band: 6, causal: false }, 0],
    ['no mask: what it hides counts anyway', { causal: false }, 0],
    ['one head of keys and values less', { nKeyValueHead: 1 }, -2 * 4 * 4],
    ['SwiGLU: three matrices of 12 instead of two of 16', { activation: 'swiglu' }, 2 * (3 * 12 * 4 - 2 * 16 * 4)],
    ['one answer for eight tokens', { prediction: 'last' }, -(4 * 10 * 7) / 8],
    ['one answer from the mean', { prediction: 'mean' }, -(4 * 10 * 7) / 8],
    ['what costs no products', { positions: 'rotary', norm: 'rms', biases: false, tiedOutput: false }, 0],
  ])('counts the multiply-adds of %s', (_, switches, more) => {
    const multiplyAdds = 2 * (48 + 16 + 64 + 64 + 64) + 4 * 10;
    expect(forwardFlopsPerToken({ ...TINY, ...switches }, 10)).toBe(2 * (multiplyAdds + more));
  });

  it('takes less time for a run whose batches grow', () => {
    const config = accumulating(configOf(TINY, 3, 100), 4);
    const ramped: RunConfig = { ...config, training: { ...config.training, rampTokens: 3600 } };
    const [plain, grown] = [config, ramped].map((each) => estimate(each, 10, plan(5)));
    expect(grown!.secondsPerStep).toBe(plain!.secondsPerStep);
    let batches = 0;
    for (let step = 1; step <= 100; step++) batches += batchesAt(step, ramped.training, TINY.contextLength);
    expect(batches).toBeLessThan(300);
    expect(grown!.totalSeconds / plain!.totalSeconds).toBeCloseTo(batches / 400);
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

describe('the operations of an update', () => {
  it('count for Muon alone, as by hand', () => {
    const of = (optimizer: RunConfig['training']['optimizer']) => {
      const config = configOf(TINY);
      return { ...config, training: { ...config.training, optimizer } };
    };
    expect(updateFlops(of('adamw'))).toBe(0);
    // 4 × 12, 4 × 4, 4 × 16 and 16 × 4, each with m = 4: 2m²n + 2m³ + 2m²n.
    const perLayer = [12, 4, 16, 16].reduce((sum, n) => sum + 2 * 16 * n + 2 * 64 + 2 * 16 * n, 0);
    expect(updateFlops(of('muon'))).toBe(2 * 5 * perLayer);
    const [plain, muon] = (['adamw', 'muon'] as const).map((name) => estimate(of(name), 10, eager(1)).flopsPerStep);
    expect((muon ?? 0) - (plain ?? 0)).toBe(2 * 5 * perLayer);
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

  it('keeps fewer numbers for shared keys, more for a gate, and one row of logits for one answer', () => {
    const rows = 3 * 8;
    const floats = (model: ModelConfig): number => {
      const { trainingBytes, parameters } = estimate(configOf(model), 10, plan(1));
      return trainingBytes / 4 - 4 * parameters;
    };
    expect(floats({ ...TINY, nKeyValueHead: 1 }) - floats(TINY)).toBe(-2 * rows * 4);
    // Inside: 24 and 12 numbers instead of 16 and 16, and the gradient of the 24.
    expect(floats({ ...TINY, activation: 'swiglu' }) - floats(TINY)).toBe(2 * rows * 4 + rows * 8);
    expect(floats({ ...TINY, prediction: 'last' }) - floats(TINY)).toBe(-(rows - 3) * 10);
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
