// How tokens are chosen, folded: presets, the method, what is cut and penalised, where a text ends. What cannot be used
// and what does nothing is said below, also while it is folded.
import { useId } from 'react';
import { DECODING_METHODS } from '../../protocol/messages.ts';
import { editGenerationForm } from '../../state/generationActions.ts';
import type { GenerationForm } from '../../state/generationStore.ts';
import controls from '../charts/controls.module.css';
import { decodingNotes } from './decodingNotes.ts';
import { DECODING_PRESETS, decodingSummary, presetOf } from './decodingPresets.ts';
import { DECODING_COPY, METHOD_COPY } from './generationCopy.ts';
import { FieldProblem, NumberInput } from './GenerationFields.tsx';
import { decodingFields, type FormCheck } from './generationForm.ts';
import styles from './GenerationPanel.module.css';

interface DecodingSettingsProps {
  readonly form: GenerationForm;
  readonly check: FormCheck;
}

export function DecodingSettings({ form, check }: DecodingSettingsProps) {
  const formId = useId();
  const preset = presetOf(form);
  const problems = check.ok ? {} : check.problems;
  const notes = check.ok ? decodingNotes(check.settings) : [];
  const fields = decodingFields(form.method);
  return (
    <div className={styles.fields}>
      <details className={styles.decoding}>
        <summary data-testid="decoding">
          {DECODING_COPY.title}
          <span>{`${preset === undefined ? '' : `${preset.name}: `}${decodingSummary(form)}`}</span>
        </summary>
        <div className={styles.decodingBody}>
          <div className={styles.chips} role="group" aria-label={DECODING_COPY.presets}>
            {DECODING_PRESETS.map(({ id, name, fields: values }) => (
              <button
                key={id}
                type="button"
                data-size="small"
                data-preset={id}
                aria-pressed={id === preset?.id}
                onClick={() => editGenerationForm(values)}
              >
                {name}
              </button>
            ))}
          </div>
          {preset !== undefined && <p className={styles.meaning}>{preset.meaning}</p>}
          <div className={styles.explained}>
            <div className={styles.field}>
              <label htmlFor={`${formId}method`}>{DECODING_COPY.method}</label>
              <select
                id={`${formId}method`}
                data-field="generation.method"
                value={form.method}
                aria-describedby={`${formId}method-meaning`}
                onChange={(event) => {
                  const method = DECODING_METHODS.find((name) => name === event.target.value);
                  if (method) editGenerationForm({ method });
                }}
              >
                {DECODING_METHODS.map((name) => (
                  <option key={name} value={name}>
                    {METHOD_COPY[name].label}
                  </option>
                ))}
              </select>
              <p id={`${formId}method-meaning`} className={styles.meaning}>
                {METHOD_COPY[form.method].meaning}
              </p>
            </div>
            {fields.map((field) => (
              <NumberInput
                key={field}
                id={`${formId}${field}`}
                field={field}
                form={form}
                problem={problems[field]}
                explained
              />
            ))}
            <div className={styles.field}>
              <label htmlFor={`${formId}stop`}>{DECODING_COPY.stop}</label>
              <textarea
                id={`${formId}stop`}
                rows={2}
                data-field="generation.stop"
                value={form.stop}
                spellCheck={false}
                aria-describedby={`${formId}stop-meaning`}
                onChange={(event) => editGenerationForm({ stop: event.target.value })}
              />
              <p id={`${formId}stop-meaning`} className={styles.meaning}>
                {DECODING_COPY.stopMeaning}
              </p>
            </div>
            <div className={styles.field}>
              <label className={controls.inline}>
                <input
                  type="checkbox"
                  data-field="generation.stopAtEndOfText"
                  checked={form.stopAtEndOfText}
                  aria-describedby={`${formId}end-meaning`}
                  onChange={(event) => editGenerationForm({ stopAtEndOfText: event.target.checked })}
                />
                {DECODING_COPY.endOfText}
              </label>
              <p id={`${formId}end-meaning`} className={styles.meaning}>
                {DECODING_COPY.endOfTextMeaning}
              </p>
            </div>
          </div>
        </div>
      </details>
      {fields.map((field) => (
        <FieldProblem key={field} id={`${formId}${field}`} problem={problems[field]} />
      ))}
      <div role="status" className={styles.notes}>
        {notes.map((note) => (
          <p key={note} className={styles.note} data-testid="decoding-note">
            {note}
          </p>
        ))}
      </div>
    </div>
  );
}
