// Choosing a size keeps the recipe, or the person's own switches, and brings the learning rate along.
import { describe, expect, it } from 'vitest';
import { parameterCount } from '../../config/estimate.ts';
import { MODEL_PRESETS } from '../../config/presets.ts';
import { proposedLearningRate } from '../../config/proposedLearningRate.ts';
import { RECIPE_PRESETS, recipeOf } from '../../config/recipes.ts';
import { DEFAULT_CONFIG } from '../../config/runConfig.ts';
import { withModel, withTraining } from '../../config/withSettings.ts';
import { resizedSetup } from './resizedSetup.ts';

const LARGE = { nLayer: 12, nHead: 12, nEmbd: 768, contextLength: 512 };

describe('resizedSetup', () => {
  it('stays with every recipe, from every size to every other', () => {
    for (const { id, apply } of RECIPE_PRESETS) {
      for (const from of MODEL_PRESETS) {
        const config = apply(withModel(DEFAULT_CONFIG, from.model), 100_000);
        for (const to of MODEL_PRESETS) {
          const made = resizedSetup(config, to.model);
          expect(recipeOf(made)?.id).toBe(id);
          expect(made.model).toMatchObject(to.model);
          const { learningRate: _, ...kept } = config.training;
          expect(made.training).toMatchObject(kept);
        }
      }
    }
  });

  it('lowers the learning rate for a larger model, and keeps a rate that a recipe fixes', () => {
    const { learningRate } = resizedSetup(DEFAULT_CONFIG, LARGE, 50_257).training;
    expect(learningRate).toBe(proposedLearningRate(parameterCount({ ...DEFAULT_CONFIG.model, ...LARGE }, 50_257)));
    const blog = RECIPE_PRESETS.find(({ id }) => id === 'blog-last')!.apply(DEFAULT_CONFIG, 100_000);
    expect(resizedSetup(blog, LARGE).training).toEqual(blog.training);
  });

  it('keeps switches of one’s own, and the rate of an optimizer that is no Adam', () => {
    const own = withModel(DEFAULT_CONFIG, { positions: 'alibi', band: 16, nKeyValueHead: 1, biases: false });
    expect(resizedSetup(own, LARGE).model).toEqual({ ...own.model, ...LARGE, band: 128, nKeyValueHead: 3 });
    const sgd = withTraining(own, { optimizer: 'sgd', learningRate: 0.3 });
    expect(resizedSetup(sgd, LARGE).training).toEqual(sgd.training);
  });
});
