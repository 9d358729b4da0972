// The experiment's configs: what the four models have in common, and what each keeps of its recipe.
import { describe, expect, it } from 'vitest';
import { MODEL_PRESETS, resized } from '../config/presets.ts';
import { recipeOf } from '../config/recipes.ts';
import { DEFAULT_CONFIG } from '../config/runConfig.ts';
import { runTokens } from '../config/runTokens.ts';
import { learningRateAt } from '../config/schedule.ts';
import { blogLength, experimentVariants, VARIANT_IDS, type ExperimentSettings } from './experimentVariants.ts';

const TEXT = { trainTokens: 247_504, vocabSize: 1024 };
const SETTINGS: ExperimentSettings = { steps: 600, rates: 'same', size: 'draft' };
const made = (changes: Partial<ExperimentSettings> = {}, draft = DEFAULT_CONFIG) =>
  experimentVariants(draft, { ...SETTINGS, ...changes }, TEXT);

describe('experimentVariants', () => {
  it('follow the four recipes', () => {
    expect(made().map(({ id }) => id)).toEqual([...VARIANT_IDS]);
    expect(made({ rates: 'own' }).map(({ config }) => recipeOf(config)?.id)).toEqual([...VARIANT_IDS]);
  });

  it.each(['same', 'own'] as const)('read equally many tokens of the same text (rates: %s)', (rates) => {
    const ramped = {
      ...DEFAULT_CONFIG,
      training: { ...DEFAULT_CONFIG.training, batchSize: 32, accumulation: 4, rampTokens: 9000, steps: 7 },
    };
    for (const { config } of made({ rates }, ramped)) {
      expect(runTokens(config)).toBe(600 * 8 * 64);
      const { text, tokenizer, seed, training } = config;
      expect({ text, tokenizer, seed }).toEqual({
        text: ramped.text,
        tokenizer: ramped.tokenizer,
        seed: ramped.seed,
      });
      expect(training).toMatchObject({ steps: 600, batchSize: 8, accumulation: 1, rampTokens: 0 });
    }
  });

  it('learn at GPT-3’s rate along its schedule, or each at its own', () => {
    const rates = (of: ReturnType<typeof made>, step: number) =>
      of.map(({ config }) => learningRateAt(step, config.training, config.model.contextLength));
    const [paper = 0, ...others] = rates(made(), 300);
    expect(paper).toBeGreaterThan(1e-3);
    expect(others).toEqual([paper, paper, paper]);
    expect(rates(made({ rates: 'own' }), 300)).toEqual([paper, 1e-5, 1e-5, paper]);
    // The schedule spans the experiment's steps, whatever the draft's.
    const last = rates(made(), 600)[0]!;
    expect(last / made()[0]!.config.training.learningRate).toBeCloseTo(0.1, 6);
  });

  it('keep what makes the blog’s models the blog’s at any rate', () => {
    const [, last, mean] = made();
    expect(last?.config.model).toMatchObject({
      causal: false,
      prediction: 'last',
      normPlacement: 'post',
      dropout: 0.1,
    });
    expect(mean?.config.model).toMatchObject({ prediction: 'mean', activation: 'relu' });
    expect(last?.config.training).toMatchObject({ optimizer: 'adam', weightDecay: 0, clipNorm: 0 });
  });

  it('have the draft’s sizes or the smallest preset’s', () => {
    const [pico, , , medium] = MODEL_PRESETS;
    const draft = { ...DEFAULT_CONFIG, model: resized(DEFAULT_CONFIG.model, medium!.model) };
    for (const { config } of made({}, draft)) expect(config.model).toMatchObject(medium!.model);
    for (const { config } of made({ size: 'pico' }, draft)) expect(config.model).toMatchObject(pico!.model);
    expect(made({ size: 'pico' }, draft)[0]?.config.model.band).toBe(32);
  });
});

it('the blog’s length is ten epochs of windows side by side, eight a step', () => {
  expect(blogLength(DEFAULT_CONFIG, SETTINGS, TEXT.trainTokens)).toBe(10 * Math.ceil(Math.floor(247_503 / 64) / 8));
});
