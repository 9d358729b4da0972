// The one-line summary of an architecture: it names what each recipe is built of, and nothing that it is not.
import { describe, expect, it } from 'vitest';
import { RECIPE_PRESETS } from '../../config/recipes.ts';
import { DEFAULT_CONFIG } from '../../config/runConfig.ts';
import { architectureSummary } from './architectureSummary.ts';
import {
  ACTIVATION_CHOICES,
  NORM_CHOICES,
  PLACEMENT_CHOICES,
  POSITION_CHOICES,
  PREDICTION_CHOICES,
  SUMMARY_COPY,
} from './modelCopy.ts';

const { learned, sinusoidal, rotary } = POSITION_CHOICES;
const { pre, post } = PLACEMENT_CHOICES;
const { gelu, relu, swiglu, 'gelu-exact': exact } = ACTIVATION_CHOICES;
const { band, noMask, sharedHeads, untied, noBiases } = SUMMARY_COPY;

describe('architectureSummary', () => {
  it.each([
    ['gpt2', [learned.short, pre.short, gelu.short]],
    ['gpt3', [learned.short, pre.short, gelu.short, band(32)]],
    ['llama', [rotary.short, pre.short, NORM_CHOICES.rms.short, swiglu.short, sharedHeads(4, 2), untied, noBiases]],
    ['blog-last', [sinusoidal.short, post.short, exact.short, noMask, PREDICTION_CHOICES.last.short, untied]],
    ['blog-mean', [sinusoidal.short, post.short, relu.short, noMask, PREDICTION_CHOICES.mean.short, untied]],
    ['gpt3-unmasked', [learned.short, pre.short, gelu.short, band(32), noMask]],
  ])('of %s: %j', (id, parts) => {
    const recipe = RECIPE_PRESETS.find((preset) => preset.id === id)!;
    expect(architectureSummary(recipe.apply(DEFAULT_CONFIG, 1000).model).split(' · ')).toEqual(parts);
  });

  it('does not count heads that share nothing', () => {
    const { model } = DEFAULT_CONFIG;
    expect(architectureSummary({ ...model, nKeyValueHead: model.nHead })).toBe(architectureSummary(model));
  });
});
