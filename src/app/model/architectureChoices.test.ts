// The one-line summary of an architecture.
import { describe, expect, it } from 'vitest';
import { RECIPE_PRESETS } from '../../config/recipes.ts';
import { DEFAULT_CONFIG } from '../../config/runConfig.ts';
import { architectureSummary } from './architectureChoices.ts';

describe('architectureSummary', () => {
  it.each([
    ['gpt2', 'learned positions · pre-norm · GELU'],
    ['gpt3', 'learned positions · pre-norm · GELU · band 32'],
    ['llama', 'rotary positions · pre-norm · RMS norm · SwiGLU · 4:2 heads · untied · no biases'],
    ['blog-last', 'sinusoidal positions · post-norm · exact GELU · no mask · asked at the end · untied'],
    ['blog-mean', 'sinusoidal positions · post-norm · ReLU · no mask · asked of the mean · untied'],
    ['gpt3-unmasked', 'learned positions · pre-norm · GELU · band 32 · no mask'],
  ])('of %s: %s', (id, summary) => {
    const recipe = RECIPE_PRESETS.find((preset) => preset.id === id)!;
    expect(architectureSummary(recipe.apply(DEFAULT_CONFIG, 1000).model)).toBe(summary);
  });

  it('does not count heads that share nothing', () => {
    const { model } = DEFAULT_CONFIG;
    expect(architectureSummary({ ...model, nKeyValueHead: model.nHead })).toBe(architectureSummary(model));
  });
});
