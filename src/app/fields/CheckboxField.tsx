// A labelled checkbox with a sentence on what it does, or why it does nothing here.
import { useId } from 'react';
import type { ConfigProblem } from '../../config/validateConfig.ts';
import { FieldProblems } from './FieldProblems.tsx';
import styles from './fields.module.css';

export interface CheckboxFieldProps {
  /** Of the setting, as in the run config ('model.causal'): for tests and scripts, whatever the label says. */
  readonly name?: string;
  readonly label: string;
  readonly checked: boolean;
  readonly description: string;
  /** Why it cannot be used just now; takes the place of the description. */
  readonly inapplicable?: string | undefined;
  readonly problems?: readonly ConfigProblem[];
  readonly onChange: (checked: boolean) => void;
}

export function CheckboxField({
  name,
  label,
  checked,
  description,
  inapplicable,
  problems,
  onChange,
}: CheckboxFieldProps) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label className={styles.check}>
        <input
          type="checkbox"
          data-field={name}
          checked={checked}
          disabled={inapplicable !== undefined}
          aria-describedby={`${id}-note`}
          onChange={(event) => onChange(event.target.checked)}
        />
        {label}
      </label>
      <p id={`${id}-note`} className={styles.note}>
        {inapplicable ?? description}
      </p>
      <FieldProblems problems={problems ?? []} />
    </div>
  );
}
