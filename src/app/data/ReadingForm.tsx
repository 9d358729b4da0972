// Choosing how a text is read: its encoding, and which fields of its records are taken.
import { useId, useState } from 'react';
import { ENCODINGS } from '../../data/encodingNames.ts';
import { fieldsOf, templateOf } from '../../data/templateSyntax.ts';
import type { RecordsTaken, TextReading } from '../../data/textReading.ts';
import { rereadText } from '../../state/draftActions.ts';
import { CheckboxField } from '../fields/CheckboxField.tsx';
import { SelectField } from '../fields/SelectField.tsx';
import styles from './ReadingReport.module.css';
import { READING_WORDS } from './readingWords.ts';

const AUTOMATIC = 'auto';

export function ReadingForm({ reading }: { readonly reading: TextReading }) {
  const { options, records } = reading;
  const [encoding, setEncoding] = useState(options.encoding ?? AUTOMATIC);
  const [template, setTemplate] = useState(options.template ?? records?.parts[0]?.template ?? '');
  const [asPlainText, setAsPlainText] = useState(options.asPlainText === true);
  const hasRecords = records !== undefined || options.asPlainText === true;
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        // A template that nobody has touched is still found out, as other files and records may need another.
        const isProposal = options.template === undefined && template === (records?.parts[0]?.template ?? '');
        void rereadText({
          ...options,
          encoding: encoding === AUTOMATIC ? undefined : encoding,
          asPlainText: asPlainText || undefined,
          template: records === undefined || isProposal || template === '' ? undefined : template,
        });
      }}
    >
      {reading.encodings.length > 0 && (
        <SelectField
          label={READING_WORDS.encoding}
          value={encoding}
          options={[
            { value: AUTOMATIC, label: READING_WORDS.automatic },
            ...ENCODINGS.map(({ label, name }) => ({ value: label, label: name })),
          ]}
          onChoose={setEncoding}
        />
      )}
      {records !== undefined && !asPlainText && (
        <FieldChoice records={records} template={template} onTemplate={setTemplate} />
      )}
      {hasRecords && (
        <CheckboxField
          label={READING_WORDS.asItStands}
          description={READING_WORDS.asItStandsHelp}
          checked={asPlainText}
          onChange={setAsPlainText}
        />
      )}
      <button type="submit">{READING_WORDS.again}</button>
    </form>
  );
}

interface FieldChoiceProps {
  readonly records: RecordsTaken;
  readonly template: string;
  readonly onTemplate: (template: string) => void;
}

function FieldChoice({ records, template, onTemplate }: FieldChoiceProps) {
  const id = useId();
  const taken = fieldsOf(template);
  const toggle = (name: string): void => {
    const chosen = new Set(taken);
    if (!chosen.delete(name)) chosen.add(name);
    const inOrder = records.fields.map((field) => field.name).filter((field) => chosen.has(field));
    onTemplate(templateOf(inOrder));
  };
  return (
    <>
      <fieldset className={styles.fields}>
        <legend>{READING_WORDS.fields}</legend>
        <div className={styles.fieldList}>
          {records.fields.map(({ name, example }) => (
            <label key={name}>
              <input type="checkbox" checked={taken.includes(name)} onChange={() => toggle(name)} />
              <span className={styles.fieldName}>{name}</span>
              <bdi className={styles.example}>{example}</bdi>
            </label>
          ))}
        </div>
      </fieldset>
      <div className={styles.template}>
        <label htmlFor={id}>{READING_WORDS.template}</label>
        <textarea
          id={id}
          rows={Math.min(6, Math.max(2, template.split('\n').length))}
          value={template}
          aria-describedby={`${id}-note`}
          onChange={(event) => onTemplate(event.target.value)}
        />
        <p id={`${id}-note`}>{READING_WORDS.templateHelp}</p>
      </div>
    </>
  );
}
