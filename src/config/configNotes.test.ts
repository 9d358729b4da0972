// What is noted of configs that can be run but cannot work, and that following a note's advice ends it.
import { describe, expect, it } from 'vitest';
import { configNotes } from './configNotes.ts';
import { MODEL_PRESETS } from './presets.ts';
import { RECIPE_PRESETS } from './recipes.ts';
import { DEFAULT_CONFIG, type ModelConfig, type RunConfig, type TrainingConfig } from './runConfig.ts';
import { runTokens } from './runTokens.ts';
import { validateConfig } from './validateConfig.ts';

const configOf = (model: Partial<ModelConfig>, training: Partial<TrainingConfig> = {}): RunConfig => ({
  ...DEFAULT_CONFIG,
  model: { ...DEFAULT_CONFIG.model, ...model },
  training: { ...DEFAULT_CONFIG.training, ...training },
});
const BLOG_RECIPES = new Set(['blog-last', 'blog-mean']);
const fieldsOf = (config: RunConfig): string[] => configNotes(config).map(({ field }) => field);

describe('configNotes', () => {
  it('says nothing of the default, nor of any recipe at any size but of those without a mask', () => {
    expect(configNotes(DEFAULT_CONFIG)).toEqual([]);
    for (const { model } of MODEL_PRESETS) {
      for (const { id, apply } of RECIPE_PRESETS) {
        const fields = fieldsOf(apply(configOf(model), 200_000));
        const expected = id === 'gpt3-unmasked' ? ['model.causal'] : BLOG_RECIPES.has(id) ? ['model.prediction'] : [];
        expect(fields, id).toEqual(expected);
      }
    }
  });

  it.each<[string, RunConfig, string, string]>([
    ['no mask', configOf({ causal: false }), 'model.causal', 'can already see the token it must predict'],
    [
      'the last position alone',
      configOf({ prediction: 'last' }),
      'model.prediction',
      'only at the last position of full windows (64 tokens)',
    ],
    ['a mean of full windows', configOf({ prediction: 'mean' }), 'model.prediction', 'trained only on full windows'],
    ['a window of one', configOf({ band: 1 }), 'model.band', 'window of 1'],
    ['a window without a layer', configOf({ band: 8, nLayer: 1 }), 'model.band', 'no effect'],
    [
      'dropout nowhere',
      configOf({ dropout: 0.1, dropEmbedding: false, dropAttention: false, dropResidual: false }),
      'model.dropout',
      'no effect',
    ],
    [
      'a warm-up beyond the end',
      configOf({}, { steps: 10 }),
      'training.warmupTokens',
      'The run ends after 5,120 tokens, before the warm-up',
    ],
    [
      'a batch ramp beyond the end',
      configOf({}, { accumulation: 4, rampTokens: 1e9 }),
      'training.rampTokens',
      'The run ends after 512,000 tokens, before the batch ramp',
    ],
    ['no learning', configOf({}, { learningRate: 0 }), 'training.learningRate', 'learning rate of 0'],
  ])('says what to know of %s', (_, config, field, sentence) => {
    expect(validateConfig(config, {})).toEqual([]);
    const [note, ...others] = configNotes(config);
    expect(others).toEqual([]);
    expect(note).toMatchObject({ field, message: expect.stringContaining(sentence) });
    if (note?.fix === undefined) return;
    expect(validateConfig(note.fix.config, {})).toEqual([]);
    expect(configNotes(note.fix.config)).toEqual([]);
  });

  it('offers the longest batch ramp that ends in its run', () => {
    const settings = { accumulation: 4, steps: 100, warmupTokens: 0 };
    const rampTokens = configNotes(configOf({}, { ...settings, rampTokens: 1e9 }))[0]?.fix?.config.training.rampTokens;
    const ends = (ramp: number): boolean => ramp <= runTokens(configOf({}, { ...settings, rampTokens: ramp }));
    expect([ends(rampTokens!), ends(rampTokens! + 1)]).toEqual([true, false]);
  });

  it('says that order is unseen without positions and mask, unless a band leaves something out', () => {
    const unordered = { positions: 'none', causal: false, prediction: 'last' } as const;
    const unseen = configNotes(configOf(unordered)).find(({ field }) => field === 'model.positions');
    expect(unseen?.message).toContain('order');
    expect(fieldsOf(unseen!.fix!.config)).toEqual(['model.prediction']);
    expect(fieldsOf(configOf({ ...unordered, band: 63 }))).toEqual(['model.prediction']);
    expect(fieldsOf(configOf({ ...unordered, band: 64 }))).toEqual(['model.prediction', 'model.positions']);
  });

  it('lets be what works: one answer per window without a mask, no positions with a mask', () => {
    for (const prediction of ['last', 'mean'] as const) {
      expect(fieldsOf(configOf({ causal: false, prediction }))).toEqual(['model.prediction']);
    }
    expect(configNotes(configOf({ positions: 'none' }))).toEqual([]);
  });
});
