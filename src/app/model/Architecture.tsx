// What the model is built of, folded away behind a line that sums it up: one control for each switch.
import { useState, type ReactNode } from 'react';
import type { ModelConfig } from '../../config/runConfig.ts';
import type { ConfigProblem } from '../../config/validateConfig.ts';
import { withModel } from '../../config/withSettings.ts';
import { editDraft } from '../../state/draftActions.ts';
import { CheckboxField } from '../fields/CheckboxField.tsx';
import fields from '../fields/fields.module.css';
import { NumberField } from '../fields/NumberField.tsx';
import { SelectField } from '../fields/SelectField.tsx';
import {
  ACTIVATION_CHOICES,
  architectureSummary,
  NORM_CHOICES,
  PLACEMENT_CHOICES,
  POSITION_CHOICES,
  PREDICTION_CHOICES,
  type Choice,
} from './architectureChoices.ts';
import styles from './ModelPanel.module.css';

/** The switches by the kind of their values. */
type SwitchesOf<Value> = {
  [Name in keyof ModelConfig]: ModelConfig[Name] extends Value ? Name : never;
}[keyof ModelConfig];
type Chosen = 'positions' | 'norm' | 'normPlacement' | 'activation' | 'prediction';

const SWITCHES: ReadonlySet<string> = new Set<keyof ModelConfig>([
  'nKeyValueHead',
  'band',
  'causal',
  'positions',
  'norm',
  'normPlacement',
  'activation',
  'tiedOutput',
  'biases',
  'dropEmbedding',
  'dropAttention',
  'dropResidual',
  'dropoutAfterNorm',
  'prediction',
]);

const NO_DROPOUT = 'No effect while Dropout is 0.';

interface ArchitectureProps {
  readonly model: ModelConfig;
  readonly problemsAt: (field: string) => readonly ConfigProblem[];
}

export function Architecture({ model, problemsAt }: ArchitectureProps) {
  const [open, setOpen] = useState(false);
  const hasProblem = [...SWITCHES].some((name) => problemsAt(`model.${name}`).length > 0);
  const set = (change: Partial<ModelConfig>) => editDraft((draft) => withModel(draft, change));

  const check = (name: SwitchesOf<boolean>, label: string, description: string, inapplicable?: string) => (
    <CheckboxField
      label={label}
      checked={model[name]}
      description={description}
      inapplicable={inapplicable}
      problems={problemsAt(`model.${name}`)}
      onChange={(on) => set({ [name]: on })}
    />
  );
  const number = (name: 'nKeyValueHead' | 'band', label: string, max: number, description: string) => (
    <NumberField
      label={label}
      value={model[name]}
      min={0}
      max={max}
      whole
      note={description}
      problems={problemsAt(`model.${name}`)}
      onCommit={(value) => set({ [name]: value })}
    />
  );
  const choose = <Name extends Chosen>(
    name: Name,
    label: string,
    choices: Readonly<Record<ModelConfig[Name], Choice>>,
  ) => (
    <SelectField
      label={label}
      value={model[name]}
      options={Object.entries<Choice>(choices).map(([value, choice]) => ({ value, label: choice.label }))}
      description={choices[model[name]].description}
      problems={problemsAt(`model.${name}`)}
      onChoose={(value) => set({ [name]: value })}
    />
  );

  const noDropout = model.dropout === 0 ? NO_DROPOUT : undefined;
  return (
    <details
      className={`${fields.fold} ${styles.architecture}`}
      open={open || hasProblem}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary>
        Architecture
        <span>{architectureSummary(model)}</span>
      </summary>
      <div className={styles.switches}>
        <Group name="Attention">
          {check('causal', 'Hide the future', 'Each token sees only itself and those before it.')}
          {number(
            'band',
            'Band',
            4096,
            `Every second layer looks only this many tokens ${model.causal ? 'back' : 'each way'}, itself included; 0: all layers see the whole context.`,
          )}
          {number(
            'nKeyValueHead',
            'Key and value heads',
            128,
            'Fewer than heads: several heads share keys and values, which saves memory while writing; 0: one each.',
          )}
        </Group>
        <Group name="Positions">{choose('positions', 'Position encoding', POSITION_CHOICES)}</Group>
        <Group name="Norm">
          {choose('norm', 'Kind of norm', NORM_CHOICES)}
          {choose('normPlacement', 'Place of the norms', PLACEMENT_CHOICES)}
        </Group>
        <Group name="Feed-forward">
          {choose('activation', 'Activation', ACTIVATION_CHOICES)}
          {check('biases', 'Biases', 'Linear maps and layer norms add a learned number to each of their outputs.')}
        </Group>
        <Group name="Output">
          {choose('prediction', 'Asked for the next token', PREDICTION_CHOICES)}
          {check(
            'tiedOutput',
            'Tie the output to the embedding',
            'The matrix that reads tokens also writes them: fewer parameters to learn.',
          )}
        </Group>
        <Group name="Dropout">
          {check('dropEmbedding', 'Drop embeddings', 'At the entrance: tokens with their positions.', noDropout)}
          {check('dropAttention', 'Drop attention', 'Some of the tokens that a head looks at are ignored.', noDropout)}
          {check(
            'dropResidual',
            'Drop what layers add',
            'Some of what attention and feed-forward add to the stream is left out.',
            noDropout,
          )}
          {check(
            'dropoutAfterNorm',
            'Drop after the norm',
            'After each post-norm instead of before the residual sum.',
            model.dropoutAfterNorm ? undefined : whyNotAfterNorm(model),
          )}
        </Group>
      </div>
    </details>
  );
}

function whyNotAfterNorm({ normPlacement, dropResidual, dropout }: ModelConfig): string | undefined {
  if (normPlacement === 'pre') return 'Only with post-norm: with pre-norm no norm follows the residual sum.';
  if (dropout === 0) return NO_DROPOUT;
  return dropResidual ? undefined : 'Only where what layers add is dropped.';
}

function Group({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <fieldset className={fields.group}>
      <legend>{name}</legend>
      <div className={styles.group}>{children}</div>
    </fieldset>
  );
}
