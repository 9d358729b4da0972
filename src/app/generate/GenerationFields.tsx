// The settings of a generation: number fields with their sentences, greedy, and a new seed each time.
import { useId } from 'react';
import { editGenerationForm } from '../../state/generationActions.ts';
import type { GenerationForm } from '../../state/generationStore.ts';
import controls from '../charts/controls.module.css';
import { FIELD_RULES, NUMBER_FIELDS, type NumberField } from './generationForm.ts';
import hidden from '../hidden.module.css';
import styles from './GenerationPanel.module.css';

interface GenerationFieldsProps {
  readonly form: GenerationForm;
  readonly problems: Partial<Record<NumberField, string>>;
}

export function GenerationFields({ form, problems }: GenerationFieldsProps) {
  const id = useId();
  const sentences = NUMBER_FIELDS.flatMap((field) => {
    const problem = problems[field];
    return problem === undefined ? [] : [{ field, problem }];
  });
  return (
    <fieldset className={styles.fields}>
      <legend className={hidden.visually}>Settings</legend>
      <div className={styles.numbers}>
        {NUMBER_FIELDS.map((field) => {
          const { label, min, max, step, meaning } = FIELD_RULES[field];
          return (
            <label key={field} className={styles.field} title={meaning}>
              <span>{label}</span>
              <input
                type="number"
                inputMode={step === 1 ? 'numeric' : 'decimal'}
                min={min}
                max={max}
                step={step}
                value={field === 'temperature' && form.greedy ? '0' : form[field]}
                disabled={field === 'temperature' && form.greedy}
                aria-invalid={problems[field] !== undefined}
                aria-describedby={problems[field] === undefined ? undefined : `${id}${field}`}
                onChange={(event) => editGenerationForm({ [field]: event.target.value })}
              />
            </label>
          );
        })}
      </div>
      {sentences.map(({ field, problem }) => (
        <p key={field} id={`${id}${field}`} className={styles.problem}>
          {problem}
        </p>
      ))}
      <div className={controls.toolbar}>
        <label className={controls.inline} title="Always take the most likely token (temperature 0).">
          <input
            type="checkbox"
            checked={form.greedy}
            onChange={(event) => editGenerationForm({ greedy: event.target.checked })}
          />
          Greedy
        </label>
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
