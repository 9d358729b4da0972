// A labelled native select with a description of what is chosen.
import { useId, type ReactNode } from 'react';
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
  readonly onChoose: (value: string) => void;
}

export function SelectField({ label, value, options, description, onChoose }: SelectFieldProps) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value}
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
    </div>
  );
}
