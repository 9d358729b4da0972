// The settings of a generation that are always in sight: number fields with their sentences, and a new seed each time.
import { useId } from 'react';
import { editGenerationForm } from '../../state/generationActions.ts';
import type { GenerationForm } from '../../state/generationStore.ts';
import controls from '../charts/controls.module.css';
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
      <legend className={hidden.visually}>Settings</legend>
      <div className={styles.numbers}>
        {fields.map((field) => (
          <NumberInput key={field} id={`${id}${field}`} field={field} form={form} problem={problems[field]} />
        ))}
      </div>
      {fields.map((field) => (
        <FieldProblem key={field} id={`${id}${field}`} problem={problems[field]} />
      ))}
      <div className={controls.toolbar}>
        <label className={controls.inline} title="Take the next seed each time, so that another text is written.">
          <input
            type="checkbox"
            checked={form.newSeedEachTime}
            onChange={(event) => editGenerationForm({ newSeedEachTime: event.target.checked })}
          />
          New seed each time
        </label>
      </div>
    </fieldset>
  );
}

interface NumberInputProps {
  readonly id: string;
  readonly field: NumberField;
  readonly form: GenerationForm;
  readonly problem: string | undefined;
  /** Show the sentence below instead of as a tooltip. */
  readonly explained?: boolean;
}

export function NumberInput({ id, field, form, problem, explained = false }: NumberInputProps) {
  const { label, min, max, step, meaning } = FIELD_RULES[field];
  const described = [problem !== undefined && `${id}-problem`, explained && `${id}-meaning`].filter(
    (name) => name !== false,
  );
  return (
    <div className={styles.field} title={explained ? undefined : meaning}>
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
        aria-describedby={described.length === 0 ? undefined : described.join(' ')}
        onChange={(event) => editGenerationForm({ [field]: event.target.value })}
      />
      {explained && (
        <p id={`${id}-meaning`} className={styles.meaning}>
          {meaning}
        </p>
      )}
    </div>
  );
}

export function FieldProblem({ id, problem }: { readonly id: string; readonly problem: string | undefined }) {
  if (problem === undefined) return null;
  return (
    <p id={`${id}-problem`} className={styles.problem}>
      {problem}
    </p>
  );
}
