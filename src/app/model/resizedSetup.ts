// A set-up at another size: the same recipe or switches, and the learning rate that suits.
import { parameterCount } from '../../config/estimate.ts';
import { resized, type ModelSizes } from '../../config/presets.ts';
import { proposedLearningRate } from '../../config/proposedLearningRate.ts';
import { recipeOf } from '../../config/recipes.ts';
import type { RunConfig } from '../../config/runConfig.ts';
import { withTraining } from '../../config/withSettings.ts';

/** The paper's rates are Adam's; those of other optimizers stay as they are. */
const ADAMS: ReadonlySet<string> = new Set(['adamw', 'adam']);

/**
 * What a recipe derives from the sizes follows them, its learning rate too; length, batch and warm-up stay.
 * @param vocabSize the text's, where it is known already
 */
export function resizedSetup(config: RunConfig, sizes: ModelSizes, vocabSize = config.tokenizer.vocabSize): RunConfig {
  const sized = { ...config, model: resized(config.model, sizes) };
  const recipe = recipeOf(config);
  if (recipe !== undefined) {
    const { model, training } = recipe.apply(sized, 0, vocabSize);
    return withTraining({ ...sized, model }, { learningRate: training.learningRate });
  }
  if (!ADAMS.has(config.training.optimizer)) return sized;
  return withTraining(sized, { learningRate: proposedLearningRate(parameterCount(sized.model, vocabSize)) });
}
