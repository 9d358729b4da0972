// The recipes on offer: each keeps the sizes, can be run at every preset size, and is found again.
import { describe, expect, it } from 'vitest';
import { parameterCount } from './estimate.ts';
import { MODEL_PRESETS, resized } from './presets.ts';
import { proposedLearningRate } from './proposedLearningRate.ts';
import { blogSteps, RECIPE_PRESETS, recipeOf } from './recipes.ts';
import { DEFAULT_CONFIG, parseRunConfig, type RunConfig } from './runConfig.ts';
import { validateConfig } from './validateConfig.ts';

const TRAIN_TOKENS = 250_000;
const sizedConfigs = MODEL_PRESETS.map(({ model }): RunConfig => ({
  ...DEFAULT_CONFIG,
  model: { ...DEFAULT_CONFIG.model, ...model },
}));
const recipe = (id: string) => RECIPE_PRESETS.find((preset) => preset.id === id)!;
const applied = (id: string, config = DEFAULT_CONFIG): RunConfig => recipe(id).apply(config, TRAIN_TOKENS);

describe.each(RECIPE_PRESETS.map((preset) => [preset.id, preset] as const))('the recipe %s', (id, preset) => {
  it('can be run at every preset size, which it keeps, and is found again', () => {
    for (const config of sizedConfigs) {
      const made = preset.apply(config, TRAIN_TOKENS);
      expect(parseRunConfig(made)).toEqual(made);
      expect(validateConfig(made, {})).toEqual([]);
      const { nLayer, nHead, nEmbd, contextLength } = config.model;
      expect(made.model).toMatchObject({ nLayer, nHead, nEmbd, contextLength });
      expect([made.text, made.tokenizer, made.seed]).toEqual([config.text, config.tokenizer, config.seed]);
      expect(recipeOf(made)?.id).toBe(id);
      expect(preset.apply(made, TRAIN_TOKENS)).toEqual(made);
    }
  });

  it('leaves nothing of the recipe before it but the run’s length and batch', () => {
    for (const before of RECIPE_PRESETS) {
      const { batchSize, accumulation, steps } = DEFAULT_CONFIG.training;
      const former = applied(before.id);
      const made = preset.apply(
        { ...former, training: { ...former.training, batchSize, accumulation, steps } },
        TRAIN_TOKENS,
      );
      expect(made).toEqual(applied(id));
    }
  });

  it('is still followed with another length, batch and rate, and not with another switch or optimizer', () => {
    const made = applied(id);
    const withTraining = (training: Partial<RunConfig['training']>): RunConfig => ({
      ...made,
      training: { ...made.training, ...training },
    });
    expect(recipeOf(withTraining({ steps: 7, batchSize: 2, learningRate: 0.1, warmupTokens: 3 }))?.id).toBe(id);
    expect(recipeOf(withTraining({ optimizer: 'muon' }))).toBeUndefined();
    expect(recipeOf(withTraining({ labelSmoothing: 0.1 }))).toBeUndefined();
    expect(recipeOf({ ...made, model: { ...made.model, norm: 'rms', biases: true } })).toBeUndefined();
  });
});

describe('recipes', () => {
  it('tell of both blog models, and of no other, what was repaired in the printed code and what still differs', () => {
    const mended = new Map(RECIPE_PRESETS.flatMap(({ id, mended }) => (mended === undefined ? [] : [[id, mended]])));
    expect([...mended.keys()]).toEqual(['blog-last', 'blog-mean']);
    expect(mended.get('blog-last')).toMatch(/batch.*embeddings and attention weights/);
    expect(mended.get('blog-mean')).toMatch(/batch.*embeddings, attention weights and the mean.*final norm/);
  });

  it('have ids and labels of their own, and one sentence each', () => {
    for (const part of ['id', 'label', 'description'] as const) {
      expect(new Set(RECIPE_PRESETS.map((preset) => preset[part])).size).toBe(RECIPE_PRESETS.length);
    }
    for (const { description } of RECIPE_PRESETS) expect(description).toMatch(/^[^.]+\.$/);
  });

  it('begin with the default but for its learning rate', () => {
    expect(recipeOf(DEFAULT_CONFIG)?.id).toBe(RECIPE_PRESETS[0]!.id);
    const learningRate = proposedLearningRate(parameterCount(DEFAULT_CONFIG.model, 1024));
    expect(applied('gpt2')).toEqual({
      ...DEFAULT_CONFIG,
      training: { ...DEFAULT_CONFIG.training, learningRate },
    });
  });

  it('take the learning rate of GPT-3 Small for GPT-3 Small', () => {
    const whole = sizedConfigs.at(-1)!;
    expect(recipe('gpt3').apply(whole, TRAIN_TOKENS, 50_257).training.learningRate).toBe(6e-4);
  });

  it('build GPT-3 with alternating layers, and its mistaken double without a mask', () => {
    expect(applied('gpt3').model).toEqual({ ...DEFAULT_CONFIG.model, band: 32 });
    expect(applied('gpt3-unmasked').model).toEqual({ ...DEFAULT_CONFIG.model, band: 32, causal: false });
    expect(applied('gpt3-unmasked').training).toEqual(applied('gpt3').training);
  });

  it('share keys and values by half the heads after LLaMA, as far as that goes', () => {
    const shared = [1, 2, 3, 4, 6, 9, 12].map((nHead) => {
      const config = { ...DEFAULT_CONFIG, model: { ...DEFAULT_CONFIG.model, nHead, nEmbd: 36 * 2 } };
      return applied('llama', config).model.nKeyValueHead;
    });
    expect(shared).toEqual([1, 1, 1, 2, 3, 3, 6]);
  });

  it('train the blog’s models as it does: ten epochs of eight windows a step, plain Adam at 1e-5', () => {
    const last = applied('blog-last');
    expect(last.model).toEqual({
      ...DEFAULT_CONFIG.model,
      ...{ positions: 'sinusoidal', normPlacement: 'post', activation: 'gelu-exact', prediction: 'last' },
      ...{ causal: false, tiedOutput: false, dropout: 0.1, dropoutAfterNorm: true },
      ...{ dropEmbedding: false, dropAttention: false },
    });
    // 3,906 whole windows of 64 and a token to predict: 489 steps an epoch.
    expect(last.training).toMatchObject({
      ...{ optimizer: 'adam', beta1: 0.9, beta2: 0.999, learningRate: 1e-5, schedule: 'constant' },
      ...{ warmupTokens: 0, clipNorm: 0, weightDecay: 0, batchSize: 8, accumulation: 1, steps: 4890 },
    });
    const mean = applied('blog-mean');
    expect(mean.training).toEqual(last.training);
    expect(mean.model).toEqual({ ...last.model, activation: 'relu', prediction: 'mean' });
  });

  it.each([
    [64 * 8 + 1, 64, 10],
    [64 * 8, 64, 10],
    [64 * 9 + 1, 64, 20],
    [3, 64, 1],
    [1e12, 4, 1_000_000],
  ])('count the steps of ten epochs: %i tokens in windows of %i → %i', (tokens, contextLength, steps) => {
    expect(blogSteps(tokens, contextLength)).toBe(steps);
  });
});

describe('resized', () => {
  it('keeps the switches, and of band and shared keys the shares', () => {
    const model = { ...applied('llama').model, band: 16, dropout: 0.2 };
    const sizes = { nLayer: 8, nHead: 8, nEmbd: 320, contextLength: 256 };
    expect(resized(model, sizes)).toEqual({ ...model, ...sizes, band: 64, nKeyValueHead: 4 });
    expect(resized(DEFAULT_CONFIG.model, sizes)).toEqual({ ...DEFAULT_CONFIG.model, ...sizes });
  });

  it('turns any recipe at one preset size into something that can be run at every other', () => {
    for (const { id } of RECIPE_PRESETS) {
      for (const from of sizedConfigs) {
        for (const { model: sizes } of MODEL_PRESETS) {
          const config = applied(id, from);
          expect(validateConfig({ ...config, model: resized(config.model, sizes) }, {})).toEqual([]);
        }
      }
    }
  });
});
