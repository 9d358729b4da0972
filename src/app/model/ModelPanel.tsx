// The model: its size after the paper's table or of the user's own, its recipe, and what they will cost.
import { useMemo } from 'react';
import { configNotes } from '../../config/configNotes.ts';
import { MODEL_PRESETS, presetOf } from '../../config/presets.ts';
import { withModel } from '../../config/withSettings.ts';
import { editDraft } from '../../state/draftActions.ts';
import { dataKeyOf } from '../../state/draftDifference.ts';
import { useDraftProblems } from '../../state/draftProblems.ts';
import { useRunStore } from '../../state/runStore.ts';
import { ConfigNotes } from '../fields/ConfigNotes.tsx';
import { FieldProblems } from '../fields/FieldProblems.tsx';
import { NumberField } from '../fields/NumberField.tsx';
import { SelectField } from '../fields/SelectField.tsx';
import { Panel } from '../Panel.tsx';
import { Architecture } from './Architecture.tsx';
import { BATCH_SIZE, MODEL_COPY, SEED, SIZE_FIELDS } from './modelCopy.ts';
import { ModelCost } from './ModelCost.tsx';
import styles from './ModelPanel.module.css';
import { RecipeSelect } from './RecipeSelect.tsx';
import { resizedSetup } from './resizedSetup.ts';
import { applySetup } from './applySetup.ts';

export function ModelPanel() {
  const draft = useRunStore((state) => state.draft);
  const text = useRunStore((state) => (state.dataKey === dataKeyOf(state.draft) ? state.data : undefined));
  const problems = useDraftProblems();
  const problemsAt = (field: string) => problems.filter((problem) => problem.field === field);
  const { model, training } = draft;
  const presetId = presetOf(model);
  const preset = MODEL_PRESETS.find(({ id }) => id === presetId);

  const notes = useMemo(() => configNotes(draft).filter(({ field }) => field.startsWith('model.')), [draft]);

  const choosePreset = (id: string) => {
    const chosen = MODEL_PRESETS.find((other) => other.id === id);
    if (chosen !== undefined) applySetup(resizedSetup(draft, chosen.model, text?.vocabSize));
  };
  return (
    <Panel label="Model">
      <div className={styles.stack}>
        <SelectField
          name="size"
          label={MODEL_COPY.size.label}
          help={MODEL_COPY.size.help}
          value={presetId}
          options={[
            ...MODEL_PRESETS.map(({ id, label }) => ({ value: id, label })),
            { value: 'custom', label: MODEL_COPY.size.custom, disabled: presetId !== 'custom' },
          ]}
          description={preset?.description ?? MODEL_COPY.size.customDescription}
          onChoose={choosePreset}
        />
        <RecipeSelect draft={draft} text={text} />
        <div className={styles.sizes}>
          {SIZE_FIELDS.map(({ name, label, help, min, max, step }) => (
            <NumberField
              key={name}
              name={`model.${name}`}
              label={label}
              help={help}
              value={model[name]}
              min={min}
              max={max}
              step={step ?? 1}
              whole={name !== 'dropout'}
              problems={problemsAt(`model.${name}`)}
              onCommit={(value) => editDraft((before) => withModel(before, { [name]: value }))}
            />
          ))}
          <NumberField
            {...BATCH_SIZE}
            name="training.batchSize"
            value={training.batchSize}
            min={1}
            max={1024}
            whole
            problems={problemsAt('training.batchSize')}
            onCommit={(batchSize) =>
              editDraft((before) => ({ ...before, training: { ...before.training, batchSize } }))
            }
          />
          <NumberField
            {...SEED}
            name="seed"
            value={draft.seed}
            min={0}
            max={2 ** 32 - 1}
            whole
            problems={problemsAt('seed')}
            onCommit={(seed) => editDraft((before) => ({ ...before, seed }))}
          />
        </div>
        <Architecture model={model} problemsAt={problemsAt} />
        <ConfigNotes notes={notes} />
        <FieldProblems problems={problemsAt('model')} />
        <ModelCost />
      </div>
    </Panel>
  );
}
