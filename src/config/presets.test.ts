// The sizes on offer: each can be run, each is found again, and more speed never proposes a smaller one.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimate, parameterCount, type DeviceSpeed } from './estimate.ts';
import { MODEL_PRESETS, presetOf, proposeConfig } from './presets.ts';
import { proposedLearningRate } from './proposedLearningRate.ts';
import { recipeOf } from './recipes.ts';
import { DEFAULT_CONFIG, parseRunConfig } from './runConfig.ts';
import { validateConfig } from './validateConfig.ts';

const withPreset = (preset: (typeof MODEL_PRESETS)[number]) => ({
  ...DEFAULT_CONFIG,
  model: { ...DEFAULT_CONFIG.model, ...preset.model },
});
const ENGINES = ['plan', 'eager'] as const;
const speedOf = (gigaflopsPerSecond: number, engine: DeviceSpeed['engine'] = 'eager'): DeviceSpeed => ({
  gigaflopsPerSecond,
  secondsPerOperation: 0,
  engine,
});
const placeOf = (gigaflops: number, engine: DeviceSpeed['engine'] = 'eager'): number =>
  MODEL_PRESETS.findIndex(({ id }) => id === proposeConfig(speedOf(gigaflops, engine)).presetId);

describe('presets', () => {
  it.each(MODEL_PRESETS.map((preset) => [preset.id, preset] as const))(
    '%s can be run and is found again',
    (id, preset) => {
      expect(validateConfig(withPreset(preset), {})).toEqual([]);
      expect(preset.model.nEmbd % preset.model.nHead).toBe(0);
      expect(presetOf({ ...DEFAULT_CONFIG.model, ...preset.model, dropout: 0.1 })).toBe(id);
    },
  );

  it('has ids of their own and sizes that grow', () => {
    expect(new Set(MODEL_PRESETS.map(({ id }) => id)).size).toBe(MODEL_PRESETS.length);
    const sizes = MODEL_PRESETS.map((preset) => parameterCount(withPreset(preset).model, 1024));
    expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
  });

  it('keeps the ratios of the paper’s table', () => {
    const paper: Record<string, readonly [nLayer: number, nHead: number, nEmbd: number]> = {
      small: [12, 12, 768],
      medium: [24, 16, 1024],
      large: [24, 16, 1536],
      xl: [24, 16, 2048],
      '2.7b': [32, 32, 2560],
      '6.7b': [32, 32, 4096],
      '13b': [40, 40, 5120],
    };
    for (const [id, [nLayer, nHead, nEmbd]] of Object.entries(paper)) {
      const { model } = MODEL_PRESETS.find((preset) => preset.id === id)!;
      expect(model).toMatchObject({ nLayer: nLayer / 4, nHead: nHead / 4, nEmbd: nEmbd / 8 });
    }
    const largest = MODEL_PRESETS.find(({ id }) => id === '175b')!.model;
    expect(largest).toMatchObject({ nLayer: 96 / 8, nHead: 96 / 8, nEmbd: 12_288 / 16 });
  });

  it('holds the figures that the descriptions state', () => {
    const pico = MODEL_PRESETS.find(({ id }) => id === 'pico')!;
    const { nEmbd, contextLength } = pico.model;
    const besidesEmbeddings = parameterCount(withPreset(pico).model, 1) - nEmbd - contextLength * nEmbd;
    expect(Math.round(besidesEmbeddings / 1000)).toBe(100);
    const nano = MODEL_PRESETS.find(({ id }) => id === 'nano')!;
    const deeper = parameterCount(withPreset(nano).model, 1) - nano.model.nEmbd - nano.model.contextLength * nEmbd;
    expect(Math.round(deeper / 1000)).toBe(200);
    const whole = MODEL_PRESETS.find(({ id }) => id === 'gpt3-small')!;
    expect(Math.round(parameterCount(withPreset(whole).model, 50_257) / 1e6)).toBe(125);
  });

  it('calls other sizes custom', () => {
    expect(presetOf({ ...DEFAULT_CONFIG.model, nLayer: 3 })).toBe('custom');
  });
});

describe('proposeConfig', () => {
  it('proposes what can be run, the smallest on the slowest device, and never less for more speed', () => {
    for (const engine of ENGINES) {
      expect(placeOf(0, engine)).toBe(0);
      expect(placeOf(1e9, engine)).toBe(MODEL_PRESETS.length - 1);
    }
    const speed = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(speed, speed, (a, b) => {
        expect(placeOf(Math.min(a, b))).toBeLessThanOrEqual(placeOf(Math.max(a, b)));
        // A plan reaches more of the same speed.
        expect(placeOf(a, 'eager')).toBeLessThanOrEqual(placeOf(a, 'plan'));
        const { model, training, tokenizer } = proposeConfig(speedOf(a));
        expect(parseRunConfig({ ...DEFAULT_CONFIG, model, training, tokenizer })).toBeDefined();
      }),
    );
  });

  it('proposes the default recipe, with the learning rate of the size', () => {
    const { model, training, tokenizer } = proposeConfig(speedOf(2000, 'plan'));
    expect(recipeOf({ ...DEFAULT_CONFIG, model, training })?.id).toBe('gpt2');
    expect(training.learningRate).toBe(proposedLearningRate(parameterCount(model, tokenizer.vocabSize)));
    expect(training.learningRate).toBeLessThan(proposeConfig(speedOf(0)).training.learningRate);
  });

  it('proposes nothing that the device has no room for', () => {
    const fast = speedOf(1e9, 'plan');
    for (const memoryBudgetBytes of [2e9, 5e8, 5e7]) {
      const { presetId, model, training } = proposeConfig({ ...fast, memoryBudgetBytes });
      expect(presetId).not.toBe(proposeConfig(fast).presetId);
      const limits = { memoryBudgetBytes, vocabSize: 1024, engine: 'plan' } as const;
      expect(validateConfig({ ...DEFAULT_CONFIG, model, training }, limits)).toEqual([]);
    }
  });

  it('keeps to two minutes and a half by the same estimate that the page shows, from the second size up', () => {
    const speeds = [5, 20, 100, 500, 2000, 10_000].flatMap((rate) => ENGINES.map((engine) => speedOf(rate, engine)));
    const seconds = speeds.map((speed) => {
      const { presetId, model, training, tokenizer } = proposeConfig(speed);
      const { totalSeconds } = estimate({ ...DEFAULT_CONFIG, model, training }, tokenizer.vocabSize, speed);
      return presetId === 'pico' ? 0 : totalSeconds;
    });
    expect(Math.max(...seconds)).toBeGreaterThan(0);
    expect(Math.max(...seconds)).toBeLessThanOrEqual(150.001);
  });
});
