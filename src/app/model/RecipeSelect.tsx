// A whole recipe at once: what the model is built of and how it is trained, at the sizes chosen.
import { RECIPE_PRESETS, recipeOf } from '../../config/recipes.ts';
import type { RunConfig } from '../../config/runConfig.ts';
import { withTraining } from '../../config/withSettings.ts';
import { SelectField } from '../fields/SelectField.tsx';
import { MODEL_COPY } from './modelCopy.ts';
import { applySetup } from './applySetup.ts';

const CUSTOM = 'custom';

interface RecipeSelectProps {
  readonly draft: RunConfig;
  /** Of the draft's text; undefined until it is read. */
  readonly text: { readonly trainTokens: number; readonly vocabSize: number } | undefined;
}

export function RecipeSelect({ draft, text }: RecipeSelectProps) {
  const recipe = recipeOf(draft);
  const choose = (id: string) => {
    const chosen = RECIPE_PRESETS.find((preset) => preset.id === id);
    if (chosen === undefined) return;
    const made = chosen.apply(draft, text?.trainTokens ?? 0, text?.vocabSize);
    // Epochs cannot be counted before the text is.
    applySetup(text === undefined ? withTraining(made, { steps: draft.training.steps }) : made);
  };
  return (
    <SelectField
      name="recipe"
      label={MODEL_COPY.recipe.label}
      help={MODEL_COPY.recipe.help}
      value={recipe?.id ?? CUSTOM}
      options={[
        ...RECIPE_PRESETS.map(({ id, label }) => ({ value: id, label })),
        { value: CUSTOM, label: MODEL_COPY.recipe.custom, disabled: recipe !== undefined },
      ]}
      description={
        <>
          {recipe?.description ?? MODEL_COPY.recipe.customDescription}
          {recipe?.mended !== undefined && <span data-testid="recipe-mended"> {recipe.mended}</span>}
        </>
      }
      onChoose={choose}
    />
  );
}
