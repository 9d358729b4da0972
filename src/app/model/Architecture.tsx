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
import { architectureSummary } from './architectureSummary.ts';
import {
  ACTIVATION_CHOICES,
  CHOICE_LABELS,
  INAPPLICABLE,
  MODEL_COPY,
  NORM_CHOICES,
  PLACEMENT_CHOICES,
  POSITION_CHOICES,
  PREDICTION_CHOICES,
  SWITCH_COPY,
  type Choice,
} from './modelCopy.ts';
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

interface ArchitectureProps {
  readonly model: ModelConfig;
  readonly problemsAt: (field: string) => readonly ConfigProblem[];
}

export function Architecture({ model, problemsAt }: ArchitectureProps) {
  const [open, setOpen] = useState(false);
  const hasProblem = [...SWITCHES].some((name) => problemsAt(`model.${name}`).length > 0);
  const set = (change: Partial<ModelConfig>) => editDraft((draft) => withModel(draft, change));

  const check = (name: SwitchesOf<boolean> & keyof typeof SWITCH_COPY, inapplicable?: string) => (
    <CheckboxField
      name={`model.${name}`}
      label={SWITCH_COPY[name].label}
      checked={model[name]}
      description={SWITCH_COPY[name].description}
      inapplicable={inapplicable}
      problems={problemsAt(`model.${name}`)}
      onChange={(on) => set({ [name]: on })}
    />
  );
  const number = (name: 'nKeyValueHead' | 'band', max: number, note: string) => (
    <NumberField
      name={`model.${name}`}
      label={SWITCH_COPY[name].label}
      value={model[name]}
      min={0}
      max={max}
      whole
      note={note}
      problems={problemsAt(`model.${name}`)}
      onCommit={(value) => set({ [name]: value })}
    />
  );
  const choose = <Name extends Chosen>(name: Name, choices: Readonly<Record<ModelConfig[Name], Choice>>) => (
    <SelectField
      name={`model.${name}`}
      label={CHOICE_LABELS[name]}
      value={model[name]}
      options={Object.entries<Choice>(choices).map(([value, choice]) => ({ value, label: choice.label }))}
      description={choices[model[name]].description}
      problems={problemsAt(`model.${name}`)}
      onChoose={(value) => set({ [name]: value })}
    />
  );

  const { groups } = MODEL_COPY;
  const { band, nKeyValueHead } = SWITCH_COPY;
  const noDropout = model.dropout === 0 ? INAPPLICABLE.noDropout : undefined;
  return (
    <details
      className={`${fields.fold} ${styles.architecture}`}
      open={open || hasProblem}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary data-testid="architecture">
        {MODEL_COPY.architecture}
        <span>{architectureSummary(model)}</span>
      </summary>
      <div className={styles.switches}>
        <Group name={groups.attention}>
          {check('causal')}
          {number('band', 4096, model.causal ? band.description : band.unmaskedDescription)}
          {number('nKeyValueHead', 128, nKeyValueHead.description)}
        </Group>
        <Group name={groups.positions}>{choose('positions', POSITION_CHOICES)}</Group>
        <Group name={groups.norm}>
          {choose('norm', NORM_CHOICES)}
          {choose('normPlacement', PLACEMENT_CHOICES)}
        </Group>
        <Group name={groups.feedForward}>
          {choose('activation', ACTIVATION_CHOICES)}
          {check('biases')}
        </Group>
        <Group name={groups.output}>
          {choose('prediction', PREDICTION_CHOICES)}
          {check('tiedOutput')}
        </Group>
        <Group name={groups.dropout}>
          {check('dropEmbedding', noDropout)}
          {check('dropAttention', noDropout)}
          {check('dropResidual', noDropout)}
          {check('dropoutAfterNorm', model.dropoutAfterNorm ? undefined : whyNotAfterNorm(model))}
        </Group>
      </div>
    </details>
  );
}

function whyNotAfterNorm({ normPlacement, dropResidual, dropout }: ModelConfig): string | undefined {
  if (normPlacement === 'pre') return INAPPLICABLE.preNorm;
  if (dropout === 0) return INAPPLICABLE.noDropout;
  return dropResidual ? undefined : INAPPLICABLE.noResidualDropout;
}

function Group({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <fieldset className={fields.group}>
      <legend>{name}</legend>
      <div className={styles.group}>{children}</div>
    </fieldset>
  );
}
