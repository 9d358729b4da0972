// A labelled native select with a description of what is chosen.
import { useId, type ReactNode } from 'react';
import type { ConfigProblem } from '../../config/validateConfig.ts';
import { useHelp } from '../help/useHelp.tsx';
import { described } from './described.ts';
import { FieldProblems } from './FieldProblems.tsx';
import styles from './fields.module.css';

export interface SelectOption {
  readonly value: string;
  readonly label: string;
  readonly disabled?: boolean;
}

export interface SelectFieldProps {
  /** Of the setting, as in the run config ('model.norm'): for tests and scripts, whatever the label says. */
  readonly name?: string;
  readonly label: string;
  readonly value: string;
  readonly options: readonly SelectOption[];
  readonly description?: ReactNode;
  /** What the setting means; opens on hover, focus and tap. */
  readonly help?: string;
  readonly problems?: readonly ConfigProblem[];
  readonly onChoose: (value: string) => void;
}

export function SelectField({
  name,
  label,
  value,
  options,
  description,
  help,
  problems = [],
  onChoose,
}: SelectFieldProps) {
  const id = useId();
  const { anchor, helpId, bubble } = useHelp(help);
  return (
    <div {...anchor} className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        data-field={name}
        value={value}
        aria-describedby={described(description === undefined ? undefined : `${id}-note`, helpId)}
        onChange={(event) => onChoose(event.target.value)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value} disabled={option.disabled}>
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
      {bubble}
    </div>
  );
}
