// The settings of a generation that are always in sight: number fields with their sentences, and a new seed each time.
import { useId } from 'react';
import { editGenerationForm } from '../../state/generationActions.ts';
import type { GenerationForm } from '../../state/generationStore.ts';
import controls from '../charts/controls.module.css';
import { described } from '../fields/described.ts';
import { HelpLabel } from '../help/HelpLabel.tsx';
import { useHelp } from '../help/useHelp.tsx';
import { FIELD_COPY, GENERATION_COPY } from './generationCopy.ts';
import { basicFields, FIELD_RULES, type FormProblems, type NumberField } from './generationForm.ts';
import hidden from '../hidden.module.css';
import styles from './GenerationPanel.module.css';

interface GenerationFieldsProps {
  readonly form: GenerationForm;
  readonly problems: FormProblems;
}

export function GenerationFields({ form, problems }: GenerationFieldsProps) {
  const id = useId();
  const fields = basicFields(form.method);
  return (
    <fieldset className={styles.fields}>
      <legend className={hidden.visually}>{GENERATION_COPY.settings}</legend>
      <div className={styles.numbers}>
        {fields.map((field) => (
          <NumberInput key={field} id={`${id}${field}`} field={field} form={form} problem={problems[field]} />
        ))}
      </div>
      {fields.map((field) => (
        <FieldProblem key={field} id={`${id}${field}`} problem={problems[field]} />
      ))}
      <div className={controls.toolbar}>
        <HelpLabel className={controls.inline} help={GENERATION_COPY.newSeedHelp}>
          {(helpId) => (
            <>
              <input
                type="checkbox"
                checked={form.newSeedEachTime}
                aria-describedby={helpId}
                onChange={(event) => editGenerationForm({ newSeedEachTime: event.target.checked })}
              />
              {GENERATION_COPY.newSeed}
            </>
          )}
        </HelpLabel>
      </div>
    </fieldset>
  );
}

interface NumberInputProps {
  readonly id: string;
  readonly field: NumberField;
  readonly form: GenerationForm;
  readonly problem: string | undefined;
  /** Show the sentence below instead of in a bubble. */
  readonly explained?: boolean;
}

export function NumberInput({ id, field, form, problem, explained = false }: NumberInputProps) {
  const { min, max, step } = FIELD_RULES[field];
  const { label, meaning } = FIELD_COPY[field];
  const { anchor, helpId, bubble } = useHelp(explained ? undefined : meaning);
  return (
    <div {...anchor} className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="number"
        inputMode={step === 1 ? 'numeric' : 'decimal'}
        min={min}
        max={max}
        step={step}
        value={form[field]}
        aria-invalid={problem !== undefined}
        aria-describedby={described(
          problem === undefined ? undefined : `${id}-problem`,
          explained ? `${id}-meaning` : helpId,
        )}
        data-field={`generation.${field}`}
        onChange={(event) => editGenerationForm({ [field]: event.target.value })}
      />
      {explained && (
        <p id={`${id}-meaning`} className={styles.meaning}>
          {meaning}
        </p>
      )}
      {bubble}
    </div>
  );
}

export function FieldProblem({ id, problem }: { readonly id: string; readonly problem: string | undefined }) {
  if (problem === undefined) return null;
  return (
    <p id={`${id}-problem`} className={styles.problem} data-testid="generation-problem">
      {problem}
    </p>
  );
}
