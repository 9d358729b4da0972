// A labelled number input that hands on valid numbers only, and says at once what is wrong with others.
// It knows its own range; how numbers go together is `validateConfig.ts`, shown as `problems`.
import { useEffect, useId, useRef, useState, type ReactNode } from 'react';
import type { ConfigProblem } from '../../config/validateConfig.ts';
import { formatNumber } from '../formatNumber.ts';
import { useHelp } from '../help/useHelp.tsx';
import { described } from './described.ts';
import { FieldProblems } from './FieldProblems.tsx';
import styles from './fields.module.css';

export interface NumberFieldProps {
  /** Of the setting, as in the run config ('model.nHead'): for tests and scripts, whatever the label says. */
  readonly name?: string;
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  /** Step of the spinner; 'any' accepts fractions of every size. */
  readonly step?: number | 'any';
  readonly whole?: boolean;
  readonly unit?: string;
  /** What the number means; opens on hover, focus and tap. */
  readonly help?: string;
  readonly note?: ReactNode;
  readonly disabled?: boolean;
  readonly problems?: readonly ConfigProblem[];
  /** A sentence if the number is in range but cannot be taken just now. */
  readonly refuse?: ((value: number) => string | undefined) | undefined;
  readonly onCommit: (value: number) => void;
}

/** Long enough to type a second digit before the first is judged. */
const TYPING_PAUSE_MS = 350;
/** Long enough to read why a number was not taken. */
const KEPT_NOTE_MS = 6000;

export function NumberField(props: NumberFieldProps) {
  const {
    name,
    label,
    value,
    min,
    max,
    step = 1,
    whole = false,
    unit,
    help,
    note,
    disabled = false,
    problems = [],
  } = props;
  const id = useId();
  const { anchor, helpId, bubble } = useHelp(help);
  const [typed, setTyped] = useState<string>();
  const [complaint, setComplaint] = useState<string>();
  /** Why a number that was typed has been put back. */
  const [kept, setKept] = useState<string>();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  // A value that changes from elsewhere (a preset, a fix, another run) settles any earlier complaint.
  useEffect(() => setComplaint(undefined), [value]);
  useEffect(() => {
    if (kept === undefined) return;
    const leave = setTimeout(() => setKept(undefined), KEPT_NOTE_MS);
    return () => clearTimeout(leave);
  }, [kept]);

  const complaintAbout = (text: string): string | undefined => {
    const number = Number(text);
    if (text.trim() === '' || !Number.isFinite(number)) return `${label}: type a number.`;
    if (whole && !Number.isInteger(number)) return `${label} must be a whole number.`;
    if (number < min) return `${label} must be at least ${formatNumber(min)}.`;
    if (number > max) return `${label} must be at most ${formatNumber(max)}.`;
    return props.refuse?.(number);
  };
  /** Hands on a good number. @returns the complaint about any other. */
  const judge = (text: string): string | undefined => {
    clearTimeout(timer.current);
    const found = complaintAbout(text);
    if (found === undefined && Number(text) !== value) props.onCommit(Number(text));
    return found;
  };
  const finish = () => {
    if (typed === undefined) return;
    const found = judge(typed);
    setTyped(undefined);
    setComplaint(undefined);
    if (found !== undefined) setKept(`${found} Kept ${formatNumber(value)}.`);
  };

  const invalid = complaint !== undefined || problems.length > 0;
  return (
    <div {...anchor} className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <span className={styles.inputRow}>
        <input
          id={id}
          type="number"
          data-field={name}
          inputMode={whole ? 'numeric' : 'decimal'}
          min={min}
          max={max}
          step={step}
          value={typed ?? String(value)}
          disabled={disabled}
          aria-invalid={invalid || undefined}
          aria-describedby={described(
            invalid || kept !== undefined || note !== undefined ? `${id}-note` : undefined,
            helpId,
          )}
          onFocus={() => setKept(undefined)}
          onChange={(event) => {
            const text = event.target.value;
            setTyped(text);
            setKept(undefined);
            clearTimeout(timer.current);
            timer.current = setTimeout(() => setComplaint(judge(text)), TYPING_PAUSE_MS);
          }}
          onBlur={finish}
          onKeyDown={(event) => {
            if (event.key === 'Enter') finish();
          }}
        />
        {unit !== undefined && <span className={styles.unit}>{unit}</span>}
      </span>
      <div id={`${id}-note`}>
        {complaint !== undefined && (
          <p className={styles.problem} role="alert">
            {complaint}
          </p>
        )}
        {kept !== undefined && (
          <p className={styles.note} role="alert">
            {kept}
          </p>
        )}
        <FieldProblems problems={problems} />
        {note !== undefined && <p className={styles.note}>{note}</p>}
      </div>
      {bubble}
    </div>
  );
}
