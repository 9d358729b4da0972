// How tokens are chosen, folded: presets, the method, what is cut and penalised, where a text ends. What cannot be used
// and what does nothing is said below, also while it is folded.
import { useId } from 'react';
import { DECODING_METHODS, type DecodingMethod } from '../../protocol/messages.ts';
import { editGenerationForm } from '../../state/generationActions.ts';
import type { GenerationForm } from '../../state/generationStore.ts';
import controls from '../charts/controls.module.css';
import { decodingNotes } from './decodingNotes.ts';
import { DECODING_PRESETS, decodingSummary, presetOf } from './decodingPresets.ts';
import { FieldProblem, NumberInput } from './GenerationFields.tsx';
import { decodingFields, type FormCheck } from './generationForm.ts';
import styles from './GenerationPanel.module.css';

interface DecodingSettingsProps {
  readonly form: GenerationForm;
  readonly check: FormCheck;
}

const METHODS: Record<DecodingMethod, { readonly label: string; readonly meaning: string }> = {
  sample: { label: 'Sampling', meaning: 'One token after another is drawn by its probability.' },
  beam: {
    label: 'Beam search',
    meaning:
      'Several beginnings are followed at once for the most probable text; above temperature 0 texts are drawn, all different.',
  },
};

export function DecodingSettings({ form, check }: DecodingSettingsProps) {
  const id = useId();
  const preset = presetOf(form);
  const problems = check.ok ? {} : check.problems;
  const notes = check.ok ? decodingNotes(check.settings) : [];
  const fields = decodingFields(form.method);
  return (
    <div className={styles.fields}>
      <details className={styles.decoding}>
        <summary>
          Decoding<span>{`${preset === undefined ? '' : `${preset.name}: `}${decodingSummary(form)}`}</span>
        </summary>
        <div className={styles.decodingBody}>
          <div className={styles.chips} role="group" aria-label="Presets">
            {DECODING_PRESETS.map(({ name, meaning, fields: values }) => (
              <button
                key={name}
                type="button"
                data-size="small"
                title={meaning}
                aria-pressed={name === preset?.name}
                onClick={() => editGenerationForm(values)}
              >
                {name}
              </button>
            ))}
          </div>
          {preset !== undefined && <p className={styles.meaning}>{preset.meaning}</p>}
          <div className={styles.explained}>
            <div className={styles.field}>
              <label htmlFor={`${id}method`}>Method</label>
              <select
                id={`${id}method`}
                value={form.method}
                aria-describedby={`${id}method-meaning`}
                onChange={(event) => {
                  const method = DECODING_METHODS.find((name) => name === event.target.value);
                  if (method) editGenerationForm({ method });
                }}
              >
                {DECODING_METHODS.map((name) => (
                  <option key={name} value={name}>
                    {METHODS[name].label}
                  </option>
                ))}
              </select>
              <p id={`${id}method-meaning`} className={styles.meaning}>
                {METHODS[form.method].meaning}
              </p>
            </div>
            {fields.map((field) => (
              <NumberInput
                key={field}
                id={`${id}${field}`}
                field={field}
                form={form}
                problem={problems[field]}
                explained
              />
            ))}
            <div className={styles.field}>
              <label htmlFor={`${id}stop`}>Stop strings</label>
              <textarea
                id={`${id}stop`}
                rows={2}
                value={form.stop}
                spellCheck={false}
                aria-describedby={`${id}stop-meaning`}
                onChange={(event) => editGenerationForm({ stop: event.target.value })}
              />
              <p id={`${id}stop-meaning`} className={styles.meaning}>
                A text ends before the first of these. One a line; \n stands for a line break.
              </p>
            </div>
            <div className={styles.field}>
              <label className={controls.inline}>
                <input
                  type="checkbox"
                  checked={form.stopAtEndOfText}
                  aria-describedby={`${id}end-meaning`}
                  onChange={(event) => editGenerationForm({ stopAtEndOfText: event.target.checked })}
                />
                Stop at end of text
              </label>
              <p id={`${id}end-meaning`} className={styles.meaning}>
                Off: after an end-of-text token the model goes on with another text.
              </p>
            </div>
          </div>
        </div>
      </details>
      {fields.map((field) => (
        <FieldProblem key={field} id={`${id}${field}`} problem={problems[field]} />
      ))}
      <div role="status" className={styles.notes}>
        {notes.map((note) => (
          <p key={note} className={styles.note}>
            {note}
          </p>
        ))}
      </div>
    </div>
  );
}
