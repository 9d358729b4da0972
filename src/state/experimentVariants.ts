// The models of the experiment on the mask, made from whole recipes at the sizes of the draft and for equally many tokens.
// Pure functions on plain data; what is found is `experimentStore.ts`.
import { MODEL_PRESETS, resized } from '../config/presets.ts';
import { RECIPE_PRESETS, type RecipePreset } from '../config/recipes.ts';
import type { RunConfig } from '../config/runConfig.ts';
import { withTraining } from '../config/withSettings.ts';
import type { ExperimentVariant } from '../protocol/messages.ts';

/** Recipes by id: the paper's, the blog's two models, and the paper's without its mask. */
export const VARIANT_IDS = ['gpt3', 'blog-last', 'blog-mean', 'gpt3-unmasked'] as const;
export type VariantId = (typeof VARIANT_IDS)[number];

export interface ExperimentSettings {
  /** Of every model. */
  readonly steps: number;
  /** Whether all models learn at GPT-3's rate and along its schedule, or each as its own recipe says. */
  readonly rates: 'same' | 'own';
  /** Layers, heads, width and context: the draft's, or those of the smallest preset. */
  readonly size: 'draft' | 'pico';
}

function recipe(id: VariantId): RecipePreset {
  const found = RECIPE_PRESETS.find((preset) => preset.id === id);
  if (found === undefined) throw new RangeError(`There is no recipe ${id}.`);
  return found;
}

/** What is known of the draft's text. */
export interface KnownText {
  readonly trainTokens: number;
  readonly vocabSize: number;
}

/** The draft at the experiment's size, before any recipe. */
export function experimentBase(draft: RunConfig, { steps, size }: ExperimentSettings): RunConfig {
  const pico = size === 'pico' ? MODEL_PRESETS.find(({ id }) => id === 'pico') : undefined;
  const model = pico === undefined ? draft.model : resized(draft.model, pico.model);
  return withTraining({ ...draft, model }, { steps, batchSize: blogBatch(draft), accumulation: 1, rampTokens: 0 });
}

/** Windows in a step of the blog's, which all models take. */
const blogBatch = (draft: RunConfig): number => recipe('blog-last').apply(draft, 0).training.batchSize;

/** Steps of the blog's own ten epochs over the text. */
export const blogLength = (draft: RunConfig, settings: ExperimentSettings, trainTokens: number): number =>
  recipe('blog-last').apply(experimentBase(draft, settings), trainTokens).training.steps;

/**
 * One config for each model: the same text, tokenizer, sizes, seed, batch and steps.
 * @param text undefined until it is read; the learning rate then goes by the vocabulary wanted
 */
export function experimentVariants(
  draft: RunConfig,
  settings: ExperimentSettings,
  text: KnownText | undefined,
): ExperimentVariant[] {
  const base = experimentBase(draft, settings);
  const made = VARIANT_IDS.map((id) => ({
    id,
    config: recipe(id).apply(base, text?.trainTokens ?? 0, text?.vocabSize),
  }));
  const { steps, batchSize, accumulation, rampTokens } = base.training;
  const paper = made[0]?.config.training ?? base.training;
  const { learningRate, warmupTokens, schedule, decayTokens } = paper;
  return made.map(({ id, config }) => ({
    id,
    config: withTraining(config, {
      steps,
      batchSize,
      accumulation,
      rampTokens,
      ...(settings.rates === 'same' && { learningRate, warmupTokens, schedule, decayTokens }),
    }),
  }));
}
