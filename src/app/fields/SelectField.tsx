// A labelled native select with a description of what is chosen.
import { useId, type ReactNode } from 'react';
import type { ConfigProblem } from '../../config/validateConfig.ts';
import { FieldProblems } from './FieldProblems.tsx';
import styles from './fields.module.css';

export interface SelectOption {
  readonly value: string;
  readonly label: string;
  readonly disabled?: boolean;
  readonly title?: string;
}

export interface SelectFieldProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly SelectOption[];
  readonly description?: ReactNode;
  /** What the setting means, as the tooltip. */
  readonly help?: string;
  readonly problems?: readonly ConfigProblem[];
  readonly onChoose: (value: string) => void;
}

export function SelectField({ label, value, options, description, help, problems = [], onChoose }: SelectFieldProps) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id} title={help}>
        {label}
      </label>
      <select
        id={id}
        value={value}
        title={help}
        aria-describedby={description === undefined ? undefined : `${id}-note`}
        onChange={(event) => onChoose(event.target.value)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value} disabled={option.disabled} title={option.title}>
            {option.label}
          </option>
        ))}
      </select>
      {description !== undefined && (
        <p id={`${id}-note`} className={styles.note}>
          {description}
        </p>
      )}
      <FieldProblems problems={problems} />
    </div>
  );
}
